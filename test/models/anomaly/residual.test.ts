import { describe, expect, test } from 'vitest'
import { jumpOf, RESIDUAL_REALS, residualOf } from '../../../models/anomaly/residual.ts'
import { learnSeason, SEASON_SINGLES } from '../../../models/anomaly/season.ts'

const HOUR_S = 3600

/** Residuals of values an hour apart, about a level of 0. */
function residualsOf(values: readonly number[], learnDay: boolean): number[] {
  const reals = new Float64Array(RESIDUAL_REALS)
  const singles = new Float32Array(SEASON_SINGLES)
  return values.map((value, i) => {
    const residual = residualOf(value, 0, i * HOUR_S, reals, 0, singles, 0, i + 1)
    if (learnDay) learnSeason(value, i * HOUR_S, singles, 0)
    return residual
  })
}

const day = (i: number) => (i % 24 < 12 ? 100 : -100)

describe('a residual', () => {
  test('is measured in mean deviations of its own side, up to five', () => {
    const values = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 4 : -1))
    const [above, below] = residualsOf([...values, 8, -2, 1000], false).slice(-3)
    expect(above).toBeCloseTo(2, 1)
    expect(below).toBeCloseTo(-2, 1)
    expect(residualsOf([...values, 1000], false).at(-1)).toBe(5)
  })

  test('follows the day where the day tells more than the level', () => {
    const values = Array.from({ length: 480 }, (_, i) => day(i) + (i % 5) - 2)
    const usual = residualsOf(values, true).slice(240)
    expect(Math.max(...usual.map(Math.abs))).toBeLessThan(4)
    const missing = residualsOf([...values, 0], true).at(-1)
    expect(missing).toBe(-5)
  })

  test('follows the level where there is no day', () => {
    const values = Array.from({ length: 480 }, (_, i) => ((i * 7919) % 101) - 50)
    const [both] = residualsOf([...values, 100], true).slice(-1)
    const [level] = residualsOf([...values, 100], false).slice(-1)
    expect(both).toBeCloseTo(level!, 0)
  })

  test('is 0 for a series that never left its level', () => {
    expect(residualsOf([0, 0, 0, 0], true)).toEqual([0, 0, 0, 0])
  })
})

test('a jump is measured in mean jumps, up to five', () => {
  const reals = new Float64Array(RESIDUAL_REALS)
  const jumps = [3, -3, 3, -3, 6, 100].map((jump, i) => jumpOf(jump, 0, reals, 0, i + 1))
  expect(jumps).toEqual([0, ...Array(3).fill(expect.any(Number)), expect.any(Number), 5])
  expect(jumps[4]).toBeGreaterThan(2)
})
