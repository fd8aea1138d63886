import { describe, expect, test } from 'vitest'
import { drawBeta, drawBinomial, drawGamma, drawNormal, drawPoisson } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

const DRAWS = 20_000

/** Mean and variance of each against the distribution's own; at most 5 standard errors off. */
const CASES: readonly [string, (random: () => number) => number, mean: number, variance: number][] = [
  ['normal', (random) => drawNormal(random), 0, 1],
  ['gamma(0.2)', (random) => drawGamma(random, 0.2), 0.2, 0.2],
  ['gamma(1)', (random) => drawGamma(random, 1), 1, 1],
  ['gamma(50)', (random) => drawGamma(random, 50), 50, 50],
  ['beta(0.5, 2)', (random) => drawBeta(random, 0.5, 2), 0.2, (0.2 * 0.8) / 3.5],
  ['poisson(0.3)', (random) => drawPoisson(random, 0.3), 0.3, 0.3],
  ['poisson(11)', (random) => drawPoisson(random, 11), 11, 11],
  ['poisson(400)', (random) => drawPoisson(random, 400), 400, 400],
  ['binomial(9, 0.3)', (random) => drawBinomial(random, 9, 0.3), 2.7, 1.89],
  ['binomial(1000, 0.9)', (random) => drawBinomial(random, 1000, 0.9), 900, 90],
]

describe('draws have the mean and the variance of their distribution', () => {
  test.each(CASES)('%s', (_name, draw, mean, variance) => {
    const random = seeded(7)
    const drawn = Array.from({ length: DRAWS }, () => draw(random))
    const seen = drawn.reduce((sum, value) => sum + value, 0) / DRAWS
    const squares = drawn.map((value) => (value - mean) ** 2)
    const spread = squares.reduce((sum, value) => sum + value, 0) / DRAWS
    const kurtosis = squares.reduce((sum, value) => sum + value * value, 0) / DRAWS / variance ** 2
    expect(Math.abs(seen - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS))
    expect(Math.abs(spread / variance - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / DRAWS))
  })
})

test('a seed gives its sequence again, and each stream its own', () => {
  const take = (seed: number, stream?: number) => Array.from({ length: 5 }, seeded(seed, stream))
  expect(take(1)).toEqual(take(1))
  expect(take(1)).not.toEqual(take(2))
  expect(take(1, 0)).not.toEqual(take(1, 1))
})
