import { describe, expect, test } from 'vitest'
import { CALIBRATION_REALS, fade, recalibrated, remember } from '../../../../models/anomaly/counts/recalibrate.ts'
import { seeded } from '../../../../models/math/random.ts'

/** A past of p-values that are a power of what they should be. */
function pastOf(power: number, values: number): Float64Array {
  const past = new Float64Array(CALIBRATION_REALS)
  const random = seeded(4)
  for (let i = 0; i < values; i++) remember((1 - random()) ** power, past)
  return past
}

describe('a p-value', () => {
  test('of a law without a past is believed', () => {
    const none = new Float64Array(CALIBRATION_REALS)
    for (const p of [0.5, 0.03, 1e-3, 1e-6, 1e-30, 0]) expect(recalibrated(p, none)).toBeCloseTo(p, 12)
  })

  test.each([
    ['too small', 1.5],
    ['too large', 0.8],
  ])('that comes out %s is taken back', (_, power) => {
    const past = pastOf(power, 1_000_000)
    for (const truth of [1e-2, 1e-3, 1e-4]) {
      const found = recalibrated(truth ** power, past)
      expect(found / truth).toBeGreaterThan(0.8)
      expect(found / truth).toBeLessThan(1.25)
    }
  })

  test('beyond all that was seen goes on by the power of the tail', () => {
    const past = pastOf(1.5, 100_000)
    const found = recalibrated(1e-8 ** 1.5, past)
    expect(Math.log10(found)).toBeGreaterThan(-9)
    expect(Math.log10(found)).toBeLessThan(-7)
  })

  test('keeps its order', () => {
    const past = pastOf(1.3, 50_000)
    let last = 1
    for (let depth = 1; depth < 14; depth += 0.01) {
      const found = recalibrated(10 ** -depth, past)
      expect(found).toBeLessThanOrEqual(last * (1 + 1e-9))
      last = found
    }
  })
})

test('a past that has faded gives way to the law again', () => {
  const past = pastOf(2, 100_000)
  fade(past, 1e-6)
  expect(recalibrated(1e-4, past)).toBeCloseTo(1e-4, 5)
})
