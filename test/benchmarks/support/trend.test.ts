import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trendOf } from '../../../benchmarks/support/trend.ts'

/** The mean of the times, where a line has its level. */
const MIDDLE_H = 599 / 1_200

const line = (level: number, an_hour: number, noise: (n: number) => number = () => 0) =>
  Array.from({ length: 600 }, (_, n) => ({ at_h: n / 600, value: level + an_hour * (n / 600 - MIDDLE_H) + noise(n) }))

describe('a trend', () => {
  it('is the slope of a straight line, in per cent of its level', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: -50, max: 50 }), (level, percent) => {
        const trend = trendOf(line(level, (level * percent) / 100), 50)
        expect(trend.slope).toBeCloseTo(percent, 6)
        expect(trend.standard_error).toBeCloseTo(0, 6)
        expect(trend.level).toBeCloseTo(level, 0)
      }),
    )
  })

  it('says how sure it is, where values waver', () => {
    const wavering = line(100, 1, (n) => 20 * Math.sin(n * 1.7))
    const { slope, standard_error } = trendOf(wavering, 50)
    expect(Math.abs(slope - 1)).toBeLessThan(3 * standard_error)
    // A saw of three teeth is no trend, and cannot be told from one.
    const saw = trendOf(
      line(100, 0, (n) => (n % 200) / 4),
      50,
    )
    expect(saw.standard_error).toBeGreaterThan(3)
  })

  it('is none where there is nothing, and needs three points', () => {
    expect(trendOf(line(0, 0), 50)).toMatchObject({ slope: 0, level: 0 })
    expect(() => trendOf(line(1, 0).slice(0, 2), 50)).toThrow(RangeError)
  })
})
