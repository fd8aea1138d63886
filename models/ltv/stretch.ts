import { type Shared, sharedSums } from './shared.ts'
import type { Shop } from './shop.ts'

/**
 * Shared errors around a mean of 1, so that draws have the mean of the point forecast; stretched on the log scale.
 *
 * @param levels value of each customer, by place
 */
export function stretched(shared: Shared, { rows }: Shop, levels: Float64Array, stretch: number): Shared {
  const sums = sharedSums(shared, rows, levels)
  const factors = stretchFactors(sums, stretch)
  return { ...shared, pace: shared.pace.map((pace, d) => (pace * factors[d]!) / sums[d]!) }
}

/**
 * What sums of a mean of about 1 become when they are stretched: powers of them around a mean of 1.
 *
 * A stretch widens no further than to {@link LN_SD_MAX}, and nothing that is wider already: beyond it a few draws make
 * the mean, and the median falls to a fraction of it.
 */
export function stretchFactors(sums: Float64Array, stretch: number): Float64Array {
  const mean = meanOf(sums)
  const width = boundedWidth(sums, stretch)
  const wide = sums.map((sum) => (sum / mean) ** width)
  const wide_mean = meanOf(wide)
  return wide.map((value) => value / wide_mean)
}

function boundedWidth(sums: Float64Array, stretch: number): number {
  if (stretch <= 1) return stretch
  const lns = sums.map(Math.log)
  const mean = meanOf(lns)
  const sd = Math.sqrt(meanOf(lns.map((ln) => (ln - mean) ** 2)))
  return Math.max(1, Math.min(stretch, LN_SD_MAX / sd))
}

/** An 80 % interval from two fifths to two and a half times the middle: who is less sure than that knows nothing. */
const LN_SD_MAX = 0.7

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
