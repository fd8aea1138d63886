import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantileScore, scoreOf } from '../../../models/evaluation/score.ts'

const amount = {
  mean: 60,
  quantiles: { q05: 10, q10: 20, q50: 50, q90: 100, q95: 150 },
  probability: null,
  naive: [40, 40, 40, 40, 40],
}

describe('the score of an amount', () => {
  it.each([
    [50, { covered_80: true, covered_90: true }],
    [20, { covered_80: true, covered_90: true }],
    [15, { covered_80: false, covered_90: true }],
    [150, { covered_80: false, covered_90: true }],
    [151, { covered_80: false, covered_90: false }],
    [9.99, { covered_80: false, covered_90: false }],
  ])('of a truth of %d tells what covered it', (actual, covered) =>
    expect(scoreOf(amount, actual)).toMatchObject({ rule: 'pinball', ...covered }),
  )

  it('is by hand what pinball says', () => {
    // 0.05·40 + 0.1·30 + 0.5·0 + 0.1·50 + 0.05·100 = 15, doubled and over five levels.
    const { score, naive_score, log_ratio } = scoreOf(amount, 50)
    expect([score, naive_score, log_ratio]).toEqual([6, 10, Math.log(50 / 60)].map((n) => expect.closeTo(n, 9)))
  })

  it('has no ratio of nothing, and no naive score without a naive forecast', () => {
    expect(scoreOf({ ...amount, naive: [] }, 0)).toMatchObject({ log_ratio: null, naive_score: null })
    expect(scoreOf({ ...amount, mean: 0 }, 5)).toMatchObject({ log_ratio: null })
  })

  it('of one number at all levels is the absolute error', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -1e6, max: 1e6 }), (said, actual) => {
        expect(quantileScore([said, said, said, said, said], actual)).toBeCloseTo(Math.abs(said - actual), 6)
      }),
    )
  })

  it('is proper: nobody does better than with the true quantiles', () => {
    const truths = Array.from({ length: 1_000 }, (_, i) => i)
    const mean = (quantiles: readonly number[]) => truths.reduce((sum, y) => sum + quantileScore(quantiles, y), 0)
    const honest = mean([50, 100, 500, 900, 950])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 1500 }), { minLength: 5, maxLength: 5 }), (other) => {
        // Between two truths any number is as good as another.
        expect(mean(other.toSorted((a, b) => a - b))).toBeGreaterThanOrEqual(honest - 1e-6)
      }),
    )
  })
})

describe('the score of a probability', () => {
  it.each([
    [0.8, 1, 0.04],
    [0.8, 0, 0.64],
    [0, 0, 0],
  ])('of %d where %d came is its squared error', (probability, actual, score) => {
    const scored = scoreOf({ mean: null, quantiles: null, probability, naive: [0.5] }, actual)
    expect(scored.score).toBeCloseTo(score, 12)
    expect(scored).toMatchObject({ rule: 'brier', naive_score: 0.25, covered_80: null, log_ratio: null })
  })
})

it('refuses what is no forecast, and what is no truth', () => {
  expect(() => scoreOf({ mean: 1, quantiles: null, probability: null, naive: [] }, 1)).toThrow(RangeError)
  expect(() => scoreOf(amount, Number.NaN)).toThrow(RangeError)
})
