import { describe, expect, it } from 'vitest'
import { isNestedTooDeeply, NESTED_LENGTH_MIN } from '../../ingest/nesting.ts'

const lists = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
const objects = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)

describe('what is nested too deeply', () => {
  it.each([
    ['a number', 1, false],
    ['nothing', null, false],
    ['an event', { id: 'a', data: { lines: [{ price: '1' }] } }, false],
    ['100 lists', lists(100), false],
    ['100 objects', objects(100), false],
    ['a wide one', Array.from({ length: 50_000 }, () => [1]), false],
    ['300 lists', lists(300), true],
    ['300 objects', objects(300), true],
    ['what cannot be written', { id: 'a', data: [1, lists(1_000_000)] }, true],
  ])('%s', (_, value, expected) => {
    expect(isNestedTooDeeply(value)).toBe(expected)
  })

  it('is never a shorter text than that', () => {
    const depth = NESTED_LENGTH_MIN / 2
    expect([isNestedTooDeeply(lists(depth)), isNestedTooDeeply(lists(depth + 2))]).toEqual([false, true])
  })
})
