import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hyp2f1, hyp2f1One } from '../../../models/math/hypergeometric.ts'

test.each([
  // −ln(1−z)/z, (1−z)^−a, and a polynomial.
  [hyp2f1(1, 1, 2, 0.5), -Math.log(0.5) / 0.5],
  [hyp2f1(1.7, 3, 3, 0.9), 0.1 ** -1.7],
  [hyp2f1(-2, 3, 1.5, 0.25), 1 - 2 * (3 / 1.5) * 0.25 + ((3 * 4) / (1.5 * 2.5)) * 0.0625],
])('%f is %f', (value, exact) => {
  expect(Math.abs(value / exact - 1)).toBeLessThan(1e-13)
})

test('with 1 among its arguments, by fraction as by series', () => {
  const b = fc.double({ min: 0.05, max: 300, noNaN: true })
  const more = fc.double({ min: 0.05, max: 30, noNaN: true })
  const z = fc.double({ min: 0.8, max: 0.995, noNaN: true })
  fc.assert(
    fc.property(b, more, z, (b, more, z) => {
      expect(Math.abs(hyp2f1One(b, b + more, z) / hyp2f1(1, b, b + more, z) - 1)).toBeLessThan(1e-10)
    }),
    { seed: 1 },
  )
})
