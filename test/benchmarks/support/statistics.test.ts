import { expect, test } from 'vitest'
import { median, percentile, rounded, summary } from '../../../benchmarks/support/statistics.ts'

test('a percentile is a value that was measured', () => {
  const values = [30, 10, 20, 40]
  expect([0, 25, 26, 50, 75, 99, 100].map((p) => percentile(values, p))).toEqual([10, 10, 20, 20, 30, 40, 40])
  expect(values).toEqual([30, 10, 20, 40])
  expect(percentile([], 50)).toBe(null)
})

test('the median is one of the runs', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1])).toBe(1)
  expect(() => median([])).toThrow('the median of nothing')
})

test('rounding and summaries keep what is not there null', () => {
  expect([rounded(1.25), rounded(2 / 3, 2), rounded(-0.01), rounded(null)]).toEqual([1.3, 0.67, 0, null])
  expect(summary([])).toEqual({ p50_ms: null, p95_ms: null, p99_ms: null, max_ms: null })
  expect(summary([1, 2.04])).toEqual({ p50_ms: 1, p95_ms: 2, p99_ms: 2, max_ms: 2 })
})
