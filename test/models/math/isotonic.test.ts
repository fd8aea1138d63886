import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitIsotonic, isotonicAt } from '../../../models/math/isotonic.ts'

const points = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)), {
  minLength: 1,
  maxLength: 200,
})

test('the curve never falls and stays within what was seen', () => {
  fc.assert(
    fc.property(points, fc.array(fc.double({ noNaN: true })), (seen, asked) => {
      const curve = fitIsotonic(
        seen.map(([x]) => x),
        seen.map(([, y]) => y),
      )
      let before = 0
      for (const x of asked.toSorted((a, b) => a - b)) {
        const y = isotonicAt(curve, x)
        expect(y).toBeGreaterThanOrEqual(before)
        expect(y).toBeLessThanOrEqual(1)
        before = y
      }
    }),
    { seed: 1 },
  )
})

test('the order of the points does not matter', () => {
  fc.assert(
    fc.property(points, (seen) => {
      const curveOf = (list: typeof seen) =>
        fitIsotonic(
          list.map(([x]) => x),
          list.map(([, y]) => y),
        )
      const [a, b] = [curveOf(seen), curveOf(seen.toReversed())]
      for (const x of [0, 0.1, 0.5, 0.9, 1]) expect(isotonicAt(a, x)).toBeCloseTo(isotonicAt(b, x), 9)
    }),
    { seed: 2 },
  )
})

test('means of pools, and straight between them', () => {
  // 0.1 and 0.2 violate the order and become one pool at 0.15.
  const curve = fitIsotonic([0.1, 0.2, 0.9], [1, 0, 1], 0)
  expect(curve.x[0]).toBeCloseTo(0.15)
  expect(curve.y).toEqual([0.5, 1])
  expect(isotonicAt(curve, 0)).toBe(0.5)
  expect(isotonicAt(curve, (0.15 + 0.9) / 2)).toBeCloseTo(0.75)
  expect(isotonicAt(curve, 2)).toBe(1)
})

test('what was right in a large sample is left alone', () => {
  const xs = Array.from({ length: 20_000 }, (_, i) => (i % 10) / 10)
  const ys = xs.map((x, i) => (Math.floor(i / 10) % 10 < x * 10 ? 1 : 0))
  const curve = fitIsotonic(xs, ys)
  for (const x of [0.2, 0.5, 0.8]) expect(isotonicAt(curve, x)).toBeCloseTo(x, 1)
})

test('nothing to fit is our mistake', () => {
  expect(() => fitIsotonic([], [])).toThrow(RangeError)
  expect(() => fitIsotonic([1], [1, 0])).toThrow(RangeError)
})
