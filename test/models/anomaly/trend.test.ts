import { describe, expect, it } from 'vitest'
import { BASE_MIN, type RatioDay, trendOf } from '../../../models/anomaly/trend.ts'
import { drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

/** Spend of 1,000 a day that brings 2.8 times as much, times a factor, with 3 % of noise. */
function days(seed: number, count: number, factor: (day: number) => number = () => 1): RatioDay[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, day) => ({
    day,
    denominator: 1_000,
    numerator: 2_800 * factor(day) * Math.exp(0.03 * drawNormal(random)),
  }))
}

/** From day 40 on a thirteenth of a third each day, down to two thirds. */
const decline = (day: number) => 1 - (0.33 * Math.min(13, Math.max(0, day - 40))) / 13

describe('a trend', () => {
  it('is a slow decline that no single day shows, from about where it began', () => {
    const trend = trendOf(days(1, 60, decline), 53)!
    expect(trend.deviation).toBeLessThan(-6)
    expect(Math.exp(trend.change)).toBeCloseTo(1 - 0.25, 1)
    expect(trend.since).toBeGreaterThanOrEqual(38)
    expect(trend.since).toBeLessThanOrEqual(46)
  })

  it('is none where nothing changes, whatever the noise', () => {
    for (let seed = 0; seed < 200; seed++) {
      expect(Math.abs(trendOf(days(seed, 45), 44)!.deviation), `seed ${seed}`).toBeLessThan(6)
    }
  })

  it('is not one odd day in the base', () => {
    const odd = days(3, 45, (day) => (day === 20 ? 5 : 1))
    expect(Math.abs(trendOf(odd, 44)!.deviation)).toBeLessThan(6)
  })

  it('is held against a base that is given, and says when that is reached again', () => {
    const back = days(4, 90, (day) => (day < 60 ? decline(day) : 1))
    const { base, spread } = trendOf(back, 46)!
    expect(trendOf(back, 58, { base, spread })!.change).toBeLessThan(-0.3)
    expect(Math.abs(trendOf(back, 80, { base, spread })!.change)).toBeLessThan(0.05)
  })

  it('does not depend on later days', () => {
    const all = days(5, 80, decline)
    expect(trendOf(all.slice(0, 51), 50)).toEqual(trendOf(all, 50))
  })

  it('is unknown with too few days, and days without a denominator are none', () => {
    expect(trendOf(days(6, BASE_MIN + 4), BASE_MIN + 3)).toBeNull()
    const gone = days(6, 60).map((one) => (one.day >= 50 ? { ...one, denominator: 0 } : one))
    expect(trendOf(gone, 59)).toBeNull()
  })
})
