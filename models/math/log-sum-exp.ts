/** ln Σ e^v without overflow. −∞ for no values. */
export function logSumExp(values: readonly number[]): number {
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  if (!Number.isFinite(high)) return high
  return high + Math.log(values.reduce((sum, value) => sum + Math.exp(value - high), 0))
}
