import { describe, expect, test } from 'vitest'
import * as expectation from '../../../../models/anomaly/counts/expectation.ts'
import { drawGamma, drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

const { EXPECTATION_SINGLES, isKnown, learn, SEASON_SLOTS } = expectation
const FLAT: expectation.Parent = { season: new Float64Array(SEASON_SLOTS).fill(1), dispersion: 0.1 }

type Given = { hours: number; count: (hour: number, random: () => number) => number; parent?: expectation.Parent }

function taught({ hours, count, parent = FLAT }: Given) {
  const memory = new Float32Array(EXPECTATION_SINGLES)
  const random = seeded(9)
  const at = (hour: number) => ({ slot: hour % SEASON_SLOTS, factor: 1, factor_variance: 0 })
  for (let hour = 0; hour < hours; hour++) {
    const law = expectation.expect(memory, 0, at(hour), parent)
    learn(count(hour, random), law, memory, 0, at(hour), parent)
  }
  return {
    memory,
    next: (factor = 1, slot = hours % SEASON_SLOTS, factor_variance = 0) =>
      expectation.expect(memory, 0, { slot, factor, factor_variance }, parent),
  }
}

const negativeBinomial = (mean: number, dispersion: number, random: () => number) =>
  drawPoisson(random, drawGamma(random, 1 / dispersion) * mean * dispersion)

describe('a law', () => {
  test('needs a count, and a day before it may be tested', () => {
    const silent = taught({ hours: 200, count: () => 0 })
    expect(silent.next()).toBeNull()
    expect(isKnown(taught({ hours: 23, count: () => 5 }).memory, 0)).toBe(false)
    expect(isKnown(taught({ hours: 24, count: () => 5 }).memory, 0)).toBe(true)
  })

  test('has the mean and the dispersion of what it saw', () => {
    const { next } = taught({ hours: 2_000, count: (_, random) => negativeBinomial(80, 0.3, random) })
    const law = next()!
    expect(law.mean / 80).toBeGreaterThan(0.85)
    expect(law.mean / 80).toBeLessThan(1.15)
    expect(law.dispersion).toBeGreaterThan(0.22)
    expect(law.dispersion).toBeLessThan(0.4)
    expect(law.zeros).toBeLessThan(0.01)
  })

  test('begins on the profile of its parent and gets its own', () => {
    const season = Float64Array.from({ length: SEASON_SLOTS }, (_, slot) => (slot % 24 < 12 ? 0.5 : 1.5))
    const parent = { season, dispersion: 0.05 }
    const week = (slot: number) => (slot % 24 < 6 ? 1 : season[slot]!)
    const count = (hour: number, random: () => number) => drawPoisson(random, 100 * week(hour % SEASON_SLOTS))
    const young = taught({ hours: 36, count: (hour, random) => drawPoisson(random, 100 * season[hour % 168]!), parent })
    // Slots 40 and 41 were never seen; slots 26 to 29 once.
    const seen = [26, 27, 28, 29].map((slot) => young.next(1, slot)!.mean).reduce((sum, mean) => sum + mean, 0) / 4
    expect(young.next(1, 40)!.mean / seen).toBeCloseTo(3, 0)
    expect(young.next(1, 41)!.mean).toBe(young.next(1, 40)!.mean)
    const old = taught({ hours: 8 * SEASON_SLOTS, count, parent })
    const ratio = old.next(1, 2)!.mean / old.next(1, 20)!.mean
    // Its own is 1 : 1.5; its parent's would be 0.5 : 1.5.
    expect(ratio).toBeGreaterThan(0.55)
  })

  test('tells additional zeros from a low mean', () => {
    const { next } = taught({ hours: 1_500, count: (_, random) => (random() < 0.2 ? 0 : drawPoisson(random, 50)) })
    const law = next()!
    expect(law.zeros).toBeGreaterThan(0.15)
    expect(law.zeros).toBeLessThan(0.25)
    expect(law.mean).toBeGreaterThan(46)
  })

  test('is scaled by holiday and maturity, and wider by how little they are known', () => {
    const { next } = taught({ hours: 500, count: (_, random) => drawPoisson(random, 50) })
    expect(next(0.5)!.mean).toBeCloseTo(next()!.mean / 2, 6)
    expect(next(0.5, 0, 0.04)!.dispersion).toBeCloseTo(next(0.5, 0)!.dispersion + 0.04, 6)
  })

  test('is known better the longer it was seen', () => {
    const count = (_: number, random: () => number) => drawPoisson(random, 20)
    expect(taught({ hours: 50, count }).next()!.shared).toBeGreaterThan(taught({ hours: 800, count }).next()!.shared)
  })
})

test('twice the same bytes', () => {
  const count = (_: number, random: () => number) => negativeBinomial(10, 0.2, random)
  expect(taught({ hours: 300, count }).memory).toEqual(taught({ hours: 300, count }).memory)
})
