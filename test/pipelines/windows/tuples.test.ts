import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Tuples } from '../../../pipelines/windows/tuples.ts'

it('numbers tuples as a map keyed by their text does, also after it was cleared', () => {
  const tuple = fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.constantFrom(0, -1, 2_147_483_647))
  fc.assert(
    fc.property(fc.array(fc.array(tuple, { maxLength: 60 }), { maxLength: 3 }), (rounds) => {
      const tuples = new Tuples(3)
      for (const round of rounds) {
        tuples.clear()
        const numbers = new Map<string, number>()
        for (const one of round) {
          tuples.parts.set(one, tuples.candidate())
          const wanted = numbers.get(one.join()) ?? numbers.size
          numbers.set(one.join(), wanted)
          expect(tuples.take()).toBe(wanted)
        }
        expect(tuples.size).toBe(numbers.size)
      }
    }),
  )
})

it('grows', () => {
  const tuples = new Tuples(2)
  for (let turn = 0; turn < 2; turn++) {
    for (let n = 0; n < 5_000; n++) {
      const at = tuples.candidate()
      tuples.parts[at] = n
      tuples.parts[at + 1] = n % 7
      expect(tuples.take()).toBe(n)
    }
  }
  expect(tuples.size).toBe(5_000)
})
