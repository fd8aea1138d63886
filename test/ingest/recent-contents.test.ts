import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContentTable, ENTRY_WORDS, RecentContents } from '../../ingest/recent-contents.ts'

/** Few different words, so that entries share slots and differ in one word only. */
const entry = fc.array(fc.constantFrom(0, 1, 0xffffffff), { minLength: ENTRY_WORDS, maxLength: ENTRY_WORDS })
const pack = (list: readonly (readonly number[])[]) => new Uint32Array(list.flat())

describe('recent contents', () => {
  it('a table is a set, exactly', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), fc.array(entry, { maxLength: 20 }), (added, asked) => {
        const table = new ContentTable(added.length)
        const model = new Set<string>()
        const entries = pack(added)
        for (const [at, words] of added.entries()) {
          expect(table.add(entries, at)).toBe(!model.has(words.join()))
          model.add(words.join())
        }
        expect(table.size).toBe(model.size)
        const questions = pack(asked)
        for (const [at, words] of asked.entries()) expect(table.has(questions, at)).toBe(model.has(words.join()))
        table.clear()
        for (const at of added.keys()) expect(table.has(entries, at)).toBe(false)
      }),
    )
  })

  it('a full table says so', () => {
    const entries = pack([
      [1, 0, 0, 0, 0, 0, 0],
      [2, 0, 0, 0, 0, 0, 0],
    ])
    const table = new ContentTable(1)
    table.add(entries, 0)
    expect(table.add(entries, 0)).toBe(false)
    expect(() => table.add(entries, 1)).toThrow(RangeError)
  })

  it('remembers at least half and at most all of its size, newest first', () => {
    const recent = new RecentContents(100)
    const entries = new Uint32Array(1_000 * ENTRY_WORDS).map((_, word) => Math.floor(word / ENTRY_WORDS) * 7919)
    for (let at = 0; at < 1_000; at += 1) {
      recent.add(entries, at)
      for (const back of [0, 1, 25, 49]) if (at >= back) expect(recent.has(entries, at - back)).toBe(true)
      if (at >= 100) expect(recent.has(entries, at - 100)).toBe(false)
    }
  })
})
