import { describe, expect, test } from 'vitest'
import { learnSeason, SEASON_SINGLES, seasonDeviation } from '../../../models/anomaly/season.ts'

const HALF_HOUR_S = 1800
const DAY_S = 86_400

function profile(days: number, value: (half_hour: number, day: number) => number) {
  const singles = new Float32Array(SEASON_SINGLES)
  for (let day = 0; day < days; day++) {
    for (let slot = 0; slot < 48; slot++) learnSeason(value(slot, day), day * DAY_S + slot * HALF_HOUR_S, singles, 0)
  }
  return singles
}

describe('a profile of the day', () => {
  const busy = (slot: number) => (slot >= 20 && slot < 40 ? 100 : 10)
  const singles = profile(10, (slot, day) => busy(slot) + (day % 2))
  const at = (slot: number, value: number) => seasonDeviation(value, 50 * DAY_S + slot * HALF_HOUR_S, singles, 0, 1)

  test('expects what this time of day has shown', () => {
    expect(Math.abs(at(30, 100.5))).toBeLessThan(1)
    expect(at(30, 10)).toBeLessThan(-50)
    expect(at(5, 100)).toBeGreaterThan(50)
  })

  test('forgives a shift by one slot, not by two', () => {
    expect(Math.abs(at(19, 100))).toBeLessThan(1)
    expect(at(18, 100)).toBeGreaterThan(50)
  })

  test('is the same at times before 1970', () => {
    expect(seasonDeviation(10, -DAY_S + 30 * HALF_HOUR_S, singles, 0, 1)).toBe(at(30, 10))
  })
})

test('a time of day that was never seen says nothing, and its first value is learnt whole', () => {
  const singles = new Float32Array(SEASON_SINGLES)
  expect(seasonDeviation(5, 0, singles, 0, 1)).toBeNaN()
  expect(learnSeason(5, 0, singles, 0)).toBeNaN()
  expect(seasonDeviation(5, 60, singles, 0, 1)).toBe(0)
  expect(learnSeason(9, 60, singles, 0)).toBe(4)
})

test('where a slot has always been the same, the spread of the whole day is the measure', () => {
  const singles = profile(5, () => 10)
  expect(seasonDeviation(13, 0, singles, 0, 2)).toBeCloseTo(3 / (0.3 * 2), 5)
})
