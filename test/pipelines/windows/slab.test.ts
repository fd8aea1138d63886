import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SumSlab } from '../../../pipelines/windows/slab.ts'
import { WINDOW_SUMS } from '../../../schemas/windows.ts'

const SAFE = Number.MAX_SAFE_INTEGER
const sum = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(SAFE, -SAFE, SAFE - 1),
  fc
    .bigInt({ min: -(2n ** 62n), max: 2n ** 62n })
    .map((n) => (n >= -BigInt(SAFE) && n <= BigInt(SAFE) ? Number(n) : n)),
)
const change = fc.record({
  cell: fc.nat({ max: 5 }),
  places: fc.uniqueArray(fc.nat({ max: WINDOW_SUMS.length - 1 }), { minLength: 1, maxLength: 4 }),
  values: fc.array(sum, { minLength: 4, maxLength: 4 }),
  sign: fc.constantFrom<1 | -1>(1, -1),
})

describe('slab of sums', () => {
  it('adds exactly, on both sides of 2^53 and back', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const slab = new SumSlab(1)
        slab.reserve(6)
        const truth = Array.from({ length: 6 }, () => new Array<bigint>(WINDOW_SUMS.length).fill(0n))
        for (const { cell, places, values, sign } of changes) {
          // Both ways in, by turns.
          const isNarrow = values.every((value) => typeof value === 'number')
          if (isNarrow && cell % 2 === 0) slab.addNumbers(cell, places, new Float64Array([0, ...values]), 1, sign)
          else slab.add(cell, places, values, sign)
          for (const [i, place] of places.entries()) truth[cell]![place]! += BigInt(values[i]!) * BigInt(sign)
        }
        for (const [cell, sums] of truth.entries()) {
          for (const [place, exact] of sums.entries()) {
            const got = slab.get(cell, place)
            expect(BigInt(got)).toBe(exact)
            // A number is only ever one that says which integer it is.
            if (typeof got === 'number') expect(Number.isSafeInteger(got)).toBe(true)
          }
        }
      }),
    )
  })

  it('keeps what it has when it makes room', () => {
    const slab = new SumSlab(1)
    slab.add(0, [0, 2], [7, 5], 1)
    slab.reserve(100)
    slab.add(99, [2], [1], -1)
    expect([slab.get(0, 0), slab.get(0, 2), slab.get(99, 2), slab.get(50, 2)]).toEqual([7, 5, -1, 0])
  })

  it('takes sums as they were read back, wide ones too', () => {
    const slab = new SumSlab(2)
    const narrow = WINDOW_SUMS.map((_, place) => place)
    const wide = WINDOW_SUMS.map((_, place) => (place === 3 ? 2n ** 100n : place))
    slab.set(0, narrow)
    slab.set(1, wide)
    slab.add(1, [3], [1], -1)
    expect(WINDOW_SUMS.map((_, place) => slab.get(0, place))).toEqual(narrow)
    expect(slab.get(1, 3)).toBe(2n ** 100n - 1n)
    expect(slab.get(1, 4)).toBe(4)
  })
})
