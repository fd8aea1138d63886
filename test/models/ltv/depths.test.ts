import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDepth, BINS, type Depths, quantilePlaces } from '../../../models/ltv/depths.ts'
import { seeded } from '../../../models/math/random.ts'
import { QUANTILE_LEVELS } from '../../../schemas/forecasts.ts'

/** Depths of as many truths as `us` has places, worth `independent` in all. */
function maturedAt(us: readonly number[], independent: number): Depths {
  const depths = new Float64Array(BINS)
  for (const u of us) addDepth(depths, u, independent / us.length)
  return depths
}

/** Truths of forecasts whose draws scatter `wide` times as far as truths do, both uniform around the middle. */
function truthsUnder(wide: number, count: number): number[] {
  const random = seeded(3)
  return Array.from({ length: count }, () => 0.5 + (random() - 0.5) / wide)
}

describe('where quantiles are read', () => {
  test('nothing matured: where the model has them', () => {
    quantilePlaces(new Float64Array(BINS), 0, 4).forEach((place, i) => {
      expect(place).toBeCloseTo(QUANTILE_LEVELS[i]!, 12)
    })
  })

  test('forecasts that kept their word leave them there', () => {
    const places = quantilePlaces(maturedAt(truthsUnder(1, 100_000), 1_000), 1_000, 4)
    places.forEach((place, i) => {
      expect(Math.abs(place - QUANTILE_LEVELS[i]!)).toBeLessThan(0.01)
    })
  })

  test('draws twice as wide as truths: the interval is read half as deep', () => {
    const [q05, q10, q50, q90, q95] = quantilePlaces(maturedAt(truthsUnder(2, 100_000), 1e6), 1e6, 4)
    expect(q05).toBeCloseTo(0.275, 2)
    expect(q10).toBeCloseTo(0.3, 2)
    expect(q50).toBe(0.5)
    expect(q90).toBeCloseTo(0.7, 2)
    expect(q95).toBeCloseTo(0.725, 2)
  })

  test('truths outside of all draws: the outermost ones, as soon as they outweigh the belief', () => {
    const outside = (independent: number) => quantilePlaces(maturedAt([0, 1], independent), independent, 4)
    expect(outside(0.5)[3]).toBeLessThan(0.98)
    expect(outside(4)[3]).toBeGreaterThan(0.99)
  })

  test('one forecast that was right in the middle does not make the next ones sure', () => {
    const [, q10, , q90] = quantilePlaces(maturedAt([0.5], 1), 1, 4)
    // (4 s + 1) / 5 = 0.8 at a depth of s = 0.75.
    expect(q90! - q10!).toBeCloseTo(0.75, 2)
  })

  test('are between 0 and 1, ascend, and lie around the middle, whatever matured', () => {
    const us = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(us, fc.double({ min: 0.1, max: 50, noNaN: true }), (some, independent) => {
        const places = quantilePlaces(maturedAt(some, independent), independent, 4)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(places[0]).toBeGreaterThanOrEqual(0)
        expect(places[4]).toBeLessThanOrEqual(1)
        places.forEach((place, i) => {
          expect(place + places[4 - i]!).toBeCloseTo(1, 12)
        })
      }),
    )
  })
})
