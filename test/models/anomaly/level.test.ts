import { expect, test } from 'vitest'
import { moveLevel } from '../../../models/anomaly/level.ts'
import { LEVEL } from '../../../models/anomaly/streams.ts'
import { drawExponential, drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

function levelOf(values: readonly number[], rate: number): number {
  const reals = new Float64Array(3)
  values.forEach((value, count) => {
    moveLevel(value, reals, 0, count, rate)
  })
  return reals[LEVEL]!
}

const draws = (seed: number, draw: (random: () => number) => number) => {
  const random = seeded(seed)
  return Array.from({ length: 20_000 }, () => draw(random))
}

test('comes to the median, also of a skewed series', () => {
  expect(levelOf(draws(1, drawNormal), 0.005)).toBeCloseTo(0, 0)
  expect(Math.abs(levelOf(draws(2, drawExponential), 0.002) - Math.LN2)).toBeLessThan(0.15)
})

test('an outlier moves it by no more than the spread allows', () => {
  const values = draws(3, drawNormal).slice(0, 1000)
  const before = levelOf(values, 0.02)
  const after = levelOf([...values, 1e6], 0.02)
  // The outlier raises the spread by 2 % of itself once; the level follows by 4 % of that.
  expect(after - before).toBeLessThan(1e6 * 0.02 * 0.05)
})

test('follows a lasting change', () => {
  const values = Array.from({ length: 2000 }, (_, row) => (row < 1000 ? 10 + (row % 2) : 50 + (row % 2)))
  expect(Math.abs(levelOf(values, 0.02) - 50.5)).toBeLessThan(2)
})
