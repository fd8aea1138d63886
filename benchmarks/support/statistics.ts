/** Nearest-rank percentile: a value that was measured, never one between two. Null for no values. */
export function percentile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!
}

/** The middle one; of an even number of values the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const middle = percentile(values, 50)
  if (middle === null) throw new RangeError('the median of nothing')
  return middle
}

/** p50, p95, p99 and the largest, in whole tenths. */
export function summary(values: readonly number[]) {
  return {
    p50_ms: rounded(percentile(values, 50)),
    p95_ms: rounded(percentile(values, 95)),
    p99_ms: rounded(percentile(values, 99)),
    max_ms: rounded(percentile(values, 100)),
  }
}

/** @param digits behind the point */
export function rounded(value: number, digits?: number): number
export function rounded(value: number | null, digits?: number): number | null
export function rounded(value: number | null, digits = 1): number | null {
  // What rounds to nothing from below would be a zero with a sign, which JSON does not have.
  return value === null ? null : Number(value.toFixed(digits)) + 0
}
