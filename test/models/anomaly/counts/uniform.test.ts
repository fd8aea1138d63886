import { expect, test } from 'vitest'
import { uniformOf } from '../../../../models/anomaly/counts/uniform.ts'

test('is the same for the same series and bucket, and never 0 or 1', () => {
  expect(uniformOf(7, 9)).toBe(uniformOf(7, 9))
  expect(uniformOf(7, 9)).not.toBe(uniformOf(9, 7))
  expect(uniformOf(0, 0)).toBeGreaterThan(0)
})

test('is uniform over neighbouring buckets and over neighbouring series', () => {
  for (const of of [(i: number) => uniformOf(3, i), (i: number) => uniformOf(i, 3)]) {
    const cells = new Array(20).fill(0)
    for (let i = 0; i < 20_000; i++) cells[Math.floor(of(i) * 20)]++
    const chi2 = cells.reduce((sum, n) => sum + (n - 1_000) ** 2 / 1_000, 0)
    // 19 degrees of freedom: 1 in 10,000 is above 52.
    expect(chi2).toBeLessThan(52)
  }
})
