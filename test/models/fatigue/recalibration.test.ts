import { describe, expect, test } from 'vitest'
import { binsOf, MaturedDays, ownIsNoWorse } from '../../../models/fatigue/matured-days.ts'
import {
  addMatured,
  BINS_SIZE,
  type Recalibration,
  recalibrate,
  recalibrated,
  varianceAt,
} from '../../../models/fatigue/recalibration.ts'
import { seeded } from '../../../models/math/random.ts'

const PRIOR: Recalibration = { shift: 0, slope: 1, covariance: [1, 0, 0.09] }
const CENTRE = Math.log(1 / 9)
const chanceOf = (log_odds: number) => 1 / (1 + Math.exp(-log_odds))

/** Chances from one in a hundred to nine in ten, whose true log odds are moved and stretched about a tenth. */
function maturedWith(shift: number, slope: number, count: number): Float64Array {
  const random = seeded(11)
  const bins = new Float64Array(BINS_SIZE)
  for (let i = 0; i < count; i++) {
    const said = -4.6 + 6.8 * random()
    addMatured(bins, said, random() < chanceOf(CENTRE + shift + slope * (said - CENTRE)) ? 1 : 0, 1)
  }
  return bins
}

describe('what matured corrects what is said', () => {
  test('nothing that matured leaves all as it was', () => {
    expect(recalibrate(PRIOR, new Float64Array(BINS_SIZE))).toEqual(PRIOR)
    expect(recalibrated(PRIOR, -1.3)).toBeCloseTo(-1.3, 12)
  })

  test.each([
    [-0.8, 0.7],
    [0.6, 1.2],
    [0, 1],
  ])('a shift of %d and a slope of %d are found again, as sure as it says', (shift, slope) => {
    const fit = recalibrate(PRIOR, maturedWith(shift, slope, 20_000))
    expect(Math.abs(fit.shift - shift)).toBeLessThan(4 * Math.sqrt(fit.covariance[0]))
    expect(Math.abs(fit.slope - slope)).toBeLessThan(4 * Math.sqrt(fit.covariance[2]))
    expect(Math.sqrt(fit.covariance[0])).toBeLessThan(0.05)
  })

  test('a few that matured move it a little, and leave it unsure', () => {
    const few = recalibrate(PRIOR, maturedWith(-1.5, 1, 10))
    expect(Math.abs(few.shift)).toBeLessThan(1)
    expect(varianceAt(few, CENTRE)).toBeGreaterThan(0.1)
  })
})

describe('matured days', () => {
  const one = (came: 0 | 1, own: number, shipped: number) => {
    return { log_odds: -2.1, came, weight: 1, errors: { own, shipped } }
  }

  test('in any order of days; what is a year older counts half; what lies ahead counts nothing', () => {
    const [ascending, descending] = [new MaturedDays(2, 1000), new MaturedDays(2, 1000)]
    const days = [100, 465, 466] as const
    for (const day of days) ascending.add(day, 1, one(1, 0, 1))
    for (const day of days.toReversed()) descending.add(day, 1, one(1, 0, 1))
    const sums = ascending.upTo(465)
    expect([...descending.upTo(465)]).toEqual([...sums])
    expect(binsOf(sums, 1).reduce((most, value) => Math.max(most, value), 0)).toBeCloseTo(1.5, 12)
    expect(binsOf(sums, 0).every((value) => value === 0)).toBe(true)
  })

  test('old days are added together, and count as before', () => {
    const [short, long] = [new MaturedDays(1, 5), new MaturedDays(1, 1000)]
    for (let day = 0; day < 60; day++) {
      for (const days of [short, long]) days.add(day, 0, one(day % 3 === 0 ? 1 : 0, 0.1, 0.2))
      const [a, b] = [short.upTo(day), long.upTo(day)]
      expect(a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)).toBeLessThan(1e-9)
    }
  })

  test('an own record serves until it has been worse', () => {
    const days = new MaturedDays(1, 40)
    expect(ownIsNoWorse(days.upTo(0), 0)).toBe(true)
    days.add(1, 0, one(1, 0.3, 0.2))
    expect(ownIsNoWorse(days.upTo(1), 0)).toBe(false)
    days.add(2, 0, one(1, 0.1, 0.4))
    expect(ownIsNoWorse(days.upTo(2), 0)).toBe(true)
    expect(ownIsNoWorse(days.upTo(1), 0)).toBe(false)
  })
})
