import { describe, expect, test } from 'vitest'
import { drawPoisson } from '../../../models/math/draw.ts'
import { fitLogLinear } from '../../../models/math/generalized-linear.ts'
import { backward, cholesky, forward, lnDeterminant, solveCholesky } from '../../../models/math/linear.ts'
import { nelderMead } from '../../../models/math/nelder-mead.ts'
import { seeded } from '../../../models/math/random.ts'

describe('Nelder and Mead', () => {
  test("walks Rosenbrock's valley to its end", () => {
    const valley = ([x, y]: readonly number[]) => (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2
    const { x, value } = nelderMead(valley, [-1.2, 1], { tolerance: 1e-14 })
    expect(value).toBeLessThan(1e-10)
    expect(x[0]).toBeCloseTo(1, 4)
  })

  test('stays where the function is one', () => {
    const { x } = nelderMead(([x]) => (x! <= 0 ? Number.NaN : x! - Math.log(x!)), [3])
    expect(x[0]).toBeCloseTo(1, 3)
  })

  test('does not begin where it is none', () => {
    expect(() => nelderMead(() => Number.NaN, [1])).toThrow('not finite at its start')
  })
})

test('Cholesky: solves, halves of a solution, determinant, and what is not positive definite', () => {
  const matrix = [Float64Array.of(4, 2, 0.6), Float64Array.of(2, 5, 1), Float64Array.of(0.6, 1, 3)]
  const lower = cholesky(matrix)!
  const x = solveCholesky(lower, [1, 2, 3])
  matrix.forEach((row, i) => {
    expect(row.reduce((sum, value, j) => sum + value * x[j]!, 0)).toBeCloseTo(i + 1, 12)
  })
  expect([...backward(lower, forward(lower, [1, 2, 3]))]).toEqual([...x])
  expect(Math.exp(lnDeterminant(lower))).toBeCloseTo(4 * (15 - 1) - 2 * (6 - 0.6) + 0.6 * (2 - 3), 10)
  expect(cholesky([Float64Array.of(1, 2), Float64Array.of(2, 1)])).toBeNull()
})

describe('log-linear regression', () => {
  const random = seeded(3)
  const x = Float64Array.from({ length: 4_000 }, () => random() * 2 - 1)
  const y = Float64Array.from(x, (value) => drawPoisson(random, Math.exp(0.5 + 0.8 * value)))
  const columns = [x.map(() => 1), x]
  const offset = new Float64Array(x.length)

  test.each([1, 1.5])('finds what the data were made with, power %f', (power) => {
    const beta = fitLogLinear(columns, y, { power, offset, ridge: 0 })!
    expect(beta[0]).toBeCloseTo(0.5, 1)
    expect(beta[1]).toBeCloseTo(0.8, 1)
  })

  test('a ridge leaves the constant alone', () => {
    const beta = fitLogLinear(columns, y, { power: 1, offset, ridge: 1e9 })!
    expect(beta[1]).toBeCloseTo(0, 4)
    expect(Math.exp(beta[0]!)).toBeCloseTo(y.reduce((sum, value) => sum + value, 0) / y.length, 6)
  })

  test('nothing to learn from is no model', () => {
    expect(fitLogLinear(columns, new Float64Array(x.length), { power: 1, offset, ridge: 1 })).toBeNull()
  })
})
