import { expect, it } from 'vitest'
import { createTurns } from '../../../pipelines/runner/turns.ts'

it('lets as many work as there are turns, the others one after the other in the order they came', async () => {
  const turns = createTurns(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const all = [0, 1, 2, 3].map((n) =>
    turns.take(() => {
      begun.push(n)
      return new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  await Promise.resolve()
  expect(begun).toEqual([0, 1])
  ends[1]!()
  await all[1]
  await Promise.resolve()
  expect(begun).toEqual([0, 1, 2])
  ends[0]!()
  ends[2]!()
  await all[2]
  await Promise.resolve()
  expect(begun).toEqual([0, 1, 2, 3])
  ends[3]!()
  await Promise.all(all)
})

it('gives the turn on when the work fails, and hands the failure to its owner', async () => {
  const turns = createTurns(1)
  await expect(turns.take(() => Promise.reject(new Error('store away')))).rejects.toThrow('store away')
  expect(await turns.take(async () => 'next')).toBe('next')
})
