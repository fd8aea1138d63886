/**
 * What the account's impressions cost, apart from its creatives: auctions get dearer for all at once, and for a creative
 * that fewer and fewer people click on. So a price that rises against that of the account's other creatives is wear.
 */
export type CostIndex = {
  /** Log, against the account's first day. */
  readonly value: number
  /** Variance of a creative's change of a day about the index: how much its price moves without wear. */
  readonly noise: number
  /** Variance of the index's own step of today: great where there were too few creatives to tell. */
  readonly step_variance: number
}

export const NO_COST_INDEX: CostIndex = { value: 0, noise: 1e-6, step_variance: 0 }

/**
 * The index of the next day: the median change of the creatives moves it. The noise is measured as it goes, in every
 * account anew: where prices of creatives move for other reasons, they are believed less.
 *
 * @param changes of log cost per mille since the day before, less what wear lets expect
 */
export function nextCostIndex(before: CostIndex, changes: readonly number[]): CostIndex {
  if (changes.length < CREATIVES_LEAST) return { ...before, step_variance: UNKNOWN_STEP_VARIANCE }
  const sorted = changes.toSorted((a, b) => a - b)
  const step = medianOf(sorted)
  const spread = medianOf(sorted.map((change) => Math.abs(change - step)).sort((a, b) => a - b))
  const today = (NORMAL_MAD * spread) ** 2
  const noise = Math.max(NOISE_LEAST, (1 - LEARN) * before.noise + LEARN * Math.max(today, NOISE_LEAST))
  return {
    value: before.value + step,
    noise: Math.max(noise, today / 4),
    step_variance: (2 * noise + WEAR_VARIANCE) / changes.length,
  }
}

/** Too few, and the median is one of those that it should judge. */
export const CREATIVES_LEAST = 4
/** Prices of an account may move by a tenth from one day to the next. */
export const UNKNOWN_STEP_VARIANCE = 0.01
/** Amounts are rounded to cents. */
const NOISE_LEAST = 2.5e-8
const LEARN = 0.03
/**
 * What wear that was not expected adds to a creative's change of a day, squared: 0.0007, for two weeks in the same
 * direction. With few creatives side by side it moves the median.
 */
const WEAR_VARIANCE = 7e-6
/** From the median absolute deviation to the standard one, for a normal distribution. */
const NORMAL_MAD = 1.4826

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
