import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Occurrences } from '../../../../ingest/importer/thread/occurrences.ts'

it('counts as a map of the lines would', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('', 'a', 'b', 'line 1', 'line 2', '日本', 'a '), { maxLength: 60 }),
      (lines) => {
        const counted = new Occurrences()
        const reference = new Map<string, number>()
        for (const line of lines) {
          reference.set(line, (reference.get(line) ?? 0) + 1)
          expect(counted.next(line)).toBe(reference.get(line))
        }
      },
    ),
    { seed: 20260104 },
  )
})

it('keeps its counts while it grows past several doublings', () => {
  const counted = new Occurrences()
  let wrong = 0
  for (let i = 0; i < 300_000; i++) if (counted.next(`order ${i}`) !== 1) wrong++
  expect(wrong).toBe(0)
  for (let i = 0; i < 300_000; i += 1_000) expect(counted.next(`order ${i}`)).toBe(2)
  for (let i = 0; i < 300_000; i += 1_000) expect(counted.next(`order ${i}`)).toBe(3)
})
