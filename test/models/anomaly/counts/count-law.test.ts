import { describe, expect, test } from 'vitest'
import {
  type CountLaw,
  logProbability,
  tailsOf,
  twoSided,
  varianceOf,
} from '../../../../models/anomaly/counts/count-law.ts'
import { uniformOf } from '../../../../models/anomaly/counts/uniform.ts'
import { drawGamma, drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

const LAWS: readonly CountLaw[] = [
  { mean: 0.2, dispersion: 0, zeros: 0 },
  { mean: 7.5, dispersion: 0, zeros: 0.2 },
  { mean: 0.7, dispersion: 1.5, zeros: 0 },
  { mean: 40, dispersion: 0.1, zeros: 0 },
  { mean: 300, dispersion: 0.02, zeros: 0.05 },
]

/** By adding probabilities up, term by term. */
function summed(count: number, { mean, dispersion, zeros }: CountLaw) {
  const of = (k: number) => (1 - zeros) * Math.exp(logProbability(k, mean, dispersion)) + (k === 0 ? zeros : 0)
  const sum = (from: number, to: number) => {
    let total = 0
    for (let k = from; k < to; k++) total += of(k)
    return total
  }
  return { below: sum(0, count), at: of(count), above: sum(count + 1, 5_000) }
}

describe('tails', () => {
  test.each(LAWS)('of %j are what the probabilities add up to', (law) => {
    for (const count of [0, 1, 2, Math.round(law.mean / 2), Math.round(law.mean), Math.round(law.mean * 2) + 3]) {
      const found = tailsOf(count, law)
      const expected = summed(count, law)
      for (const side of ['below', 'at', 'above'] as const) {
        expect(Math.abs(found[side] - expected[side]) / Math.max(expected[side], 1e-12)).toBeLessThan(1e-9)
      }
    }
  })

  test('keep their digits where they are tiny', () => {
    // P(Y > 60) of Poisson(10): 1.6e-27 by its first terms.
    const law = { mean: 10, dispersion: 0, zeros: 0 }
    expect(tailsOf(60, law).above / summed(60, law).above).toBeCloseTo(1, 9)
    expect(tailsOf(0, { mean: 800, dispersion: 0, zeros: 0 }).at).toBeCloseTo(Math.exp(-800), 300)
  })

  test('go over from negative binomial to Poisson without a step', () => {
    const near = tailsOf(12, { mean: 10, dispersion: 2e-10, zeros: 0 })
    const poisson = tailsOf(12, { mean: 10, dispersion: 0, zeros: 0 })
    expect(near.above / poisson.above).toBeCloseTo(1, 6)
  })

  test('the variance is that of the draws', () => {
    const law = { mean: 20, dispersion: 0.3, zeros: 0.1 }
    const random = seeded(3)
    const draws = Array.from({ length: 100_000 }, () => (random() < law.zeros ? 0 : draw(law, random)))
    const mean = draws.reduce((sum, y) => sum + y, 0) / draws.length
    const variance = draws.reduce((sum, y) => sum + (y - mean) ** 2, 0) / draws.length
    expect(variance / varianceOf(law)).toBeCloseTo(1, 1)
  })
})

test.each(LAWS)('p-values of %j are uniform', (law) => {
  const random = seeded(5)
  const points = 20_000
  const p_values = Array.from({ length: points }, (_, i) => {
    const count = random() < law.zeros ? 0 : draw(law, random)
    return twoSided(tailsOf(count, law), uniformOf(1, i))
  })
  for (const level of [0.5, 0.1, 0.01]) {
    const share = p_values.filter((p) => p <= level).length / points
    // Four standard errors.
    expect(Math.abs(share - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / points))
  }
})

function draw({ mean, dispersion }: CountLaw, random: () => number): number {
  return drawPoisson(random, dispersion === 0 ? mean : drawGamma(random, 1 / dispersion) * mean * dispersion)
}
