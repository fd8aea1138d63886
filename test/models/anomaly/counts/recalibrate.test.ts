import { describe, expect, test } from 'vitest'
import { ORDINARY_P } from '../../../../models/anomaly/counts/ordinary.ts'
import { CALIBRATION_REALS, fade, recalibrated, remember } from '../../../../models/anomaly/counts/recalibrate.ts'
import { seeded } from '../../../../models/math/random.ts'

/** A past of p-values that are a power of what they should be. */
function pastOf(power: number, values: number): Float64Array {
  const past = new Float64Array(CALIBRATION_REALS)
  const random = seeded(4)
  for (let i = 0; i < values; i += A_TICK)
    hear(
      Array.from({ length: A_TICK }, () => (1 - random()) ** power),
      past,
    )
  return past
}
const A_TICK = 50

/** One tick. */
function hear(p_values: readonly number[], past: Float64Array): void {
  remember(
    p_values.filter((p) => p < ORDINARY_P),
    p_values.length,
    past,
  )
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

describe('what a dozen series of one tick say together', () => {
  const random = seeded(5)
  const draw = (series: number) => Array.from({ length: series }, () => 1 - random())
  const quiet = (ticks: number, past: Float64Array) => {
    for (let tick = 0; tick < ticks; tick++) hear(draw(20), past)
  }

  test('is one thing that happened: after a few incidents the next is as plain as the first', () => {
    const past = new Float64Array(CALIBRATION_REALS)
    quiet(500, past)
    for (let incident = 0; incident < 5; incident++) {
      hear([...draw(8), ...Array.from({ length: 12 }, () => 1e-15)], past)
      quiet(100, past)
    }
    expect(recalibrated(1e-15, past)).toBeLessThan(1e-6)
  })

  test('is remembered where it comes again and again: then it is no incident', () => {
    const past = new Float64Array(CALIBRATION_REALS)
    for (let tick = 0; tick < 1_000; tick++) hear(tick % 10 === 0 ? draw(20).map((p) => p * 1e-6) : draw(20), past)
    expect(recalibrated(1e-8, past)).toBeGreaterThan(1e-5)
  })

  test('does not depend on the order in which it is said', () => {
    const p_values = [...draw(60), 1e-9, 1e-9, 1e-5]
    const [one, other] = [new Float64Array(CALIBRATION_REALS), new Float64Array(CALIBRATION_REALS)]
    hear(p_values, one)
    hear(p_values.toReversed(), other)
    expect(one).toEqual(other)
  })
})
