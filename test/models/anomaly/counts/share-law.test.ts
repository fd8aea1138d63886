import { describe, expect, test } from 'vitest'
import { twoSided } from '../../../../models/anomaly/counts/count-law.ts'
import { type ShareLaw, shareTails } from '../../../../models/anomaly/counts/share-law.ts'
import { drawBeta, drawBinomial } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

const LAWS: readonly [trials: number, law: ShareLaw][] = [
  [10, { rate: 0.3, precision: 5 }],
  [200, { rate: 0.02, precision: 300 }],
  [1_000, { rate: 0.9, precision: 50 }],
]

describe('tails of a share', () => {
  test.each(LAWS)('%d trials of %j add up', (trials, law) => {
    let below = 0
    for (let k = 0; k <= trials; k++) {
      const tails = shareTails(k, trials, law)
      expect(tails.below).toBeCloseTo(below, 9)
      expect(tails.below + tails.at + tails.above).toBeCloseTo(1, 9)
      below += tails.at
    }
    expect(below).toBeCloseTo(1, 9)
  })

  test('of a large precision are binomial: 10 choose 3 × 0.3³ × 0.7⁷', () => {
    const { at, below } = shareTails(3, 10, { rate: 0.3, precision: Number.POSITIVE_INFINITY })
    expect(at).toBeCloseTo(120 * 0.3 ** 3 * 0.7 ** 7, 7)
    expect(below).toBeCloseTo(0.7 ** 10 + 10 * 0.3 * 0.7 ** 9 + 45 * 0.09 * 0.7 ** 8, 7)
  })

  test('without trials nothing is said', () => {
    expect(shareTails(0, 0, { rate: 0.1, precision: 10 })).toEqual({ below: 0, at: 1, above: 0 })
  })

  test('p-values are uniform', () => {
    const random = seeded(7)
    const law = { rate: 0.05, precision: 100 }
    const points = 10_000
    const p_values = Array.from({ length: points }, () => {
      const rate = drawBeta(random, law.rate * law.precision, (1 - law.rate) * law.precision)
      return twoSided(shareTails(drawBinomial(random, 400, rate), 400, law), random())
    })
    for (const level of [0.5, 0.1, 0.01]) {
      const share = p_values.filter((p) => p <= level).length / points
      expect(Math.abs(share - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / points))
    }
  })
})
