/**
 * What happens to all creatives of an account at once: log of the click rate against what it would be, an
 * autoregressive index of mean 0. Without it a bad week of the market looks like the fatigue of every creative.
 */
export type Market = { value: number; variance: number; day: number }

/** How far one creative is from what it should be: log, with its variance. */
export type Departure = { readonly value: number; readonly variance: number }

export const NO_MARKET: Market = { value: 0, variance: 0.01, day: Number.NEGATIVE_INFINITY }

/** The index of a day, from the departures of that day's creatives. */
export function nextMarket(before: Market, day: number, departures: readonly Departure[]): Market {
  const kept = CORRELATION ** Math.max(1, Math.min(60, day - before.day))
  const expected = kept * before.value
  const variance = kept * kept * before.variance + VARIANCE * (1 - kept * kept)
  if (departures.length === 0) return { value: expected, variance: variance + UNSEEN_VARIANCE, day }
  const { spread, value } = robustMean(departures)
  // A market that breaks (a feed, a tracking change) leaves what was usual behind; then the day speaks for itself.
  const breaks = Math.abs(value - expected) > BREAK_DEVIATIONS * Math.sqrt(variance + spread)
  const free = breaks ? BREAK_VARIANCE : variance
  const gain = free / (free + spread)
  return { value: expected + gain * (value - expected), variance: (1 - gain) * free, day }
}

/** Of daily indices of accounts: correlation from day to day and deviation of a tenth. */
const CORRELATION = 0.9
const VARIANCE = 0.01
const UNSEEN_VARIANCE = 0.02
const BREAK_DEVIATIONS = 2.5
const BREAK_VARIANCE = 0.06

/** Huber's estimate by reweighting from the plain median: one creative that breaks is not the market, however large. */
function robustMean(departures: readonly Departure[]): { value: number; spread: number } {
  let value = medianOf(departures)
  let precision = 0
  for (const departure of departures) precision += 1 / departure.variance
  for (let round = 0; round < 3; round++) {
    let weights = 0
    let sum = 0
    for (const departure of departures) {
      const off = Math.abs(departure.value - value) / Math.sqrt(departure.variance)
      const weight = (off > HUBER ? HUBER / off : 1) / departure.variance
      weights += weight
      sum += weight * departure.value
    }
    value = sum / weights
  }
  return { value, spread: 1.2 / precision + 0.0003 }
}

const HUBER = 2

function medianOf(departures: readonly Departure[]): number {
  const sorted = departures.map(({ value }) => value).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
