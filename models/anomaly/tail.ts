/** Greatest cluster peaks that are kept of a tail. */
const PEAKS = 8
/** Fewer than that tell nothing of a tail's shape. */
const PEAKS_MIN = 3

/**
 * What is expected of a tail before any peak was seen: a mean excess of 0.25, for a heavy tail a Pareto index of 4, with
 * the weight of four peaks. Between a normal tail (about 0.1 at this depth) and the tails of counts on the web (0.5 to 1).
 */
const PRIOR_EXCESS = 0.25
const PRIOR_PEAKS = 4

/** Singles of a tail: its peaks in falling order, and the peak of the newest cluster. */
export const TAIL_SINGLES = PEAKS + 1
const NEWEST = PEAKS

/**
 * How rarely a deviation as great as this one comes, as minus the natural logarithm of the expected number of clusters
 * per point that reach it. 0 when it is not above the eighth greatest so far.
 *
 * Peaks over a threshold, which is the k-th greatest of n points, s_k: rate(s) = k / n × exp(-excess(s) / h), where h is
 * the mean excess of the other peaks, drawn towards its prior. A heavy tail has excess(s) = log(s / s_k), which makes it
 * Hill's estimator; a light one s / s_k - 1, an exponential tail. The scale of the series and the shape of its bulk do
 * not enter, only how its own extremes spread.
 * Hill (1975), A simple general approach to inference about the tail of a distribution, Annals of Statistics 3(5).
 *
 * @param count points seen before this one
 */
export function evidenceOf(
  deviation: number,
  singles: Float32Array,
  at: number,
  count: number,
  light: boolean,
): number {
  let kept = PEAKS
  while (kept > 0 && singles[at + kept - 1] === 0) kept--
  if (kept < PEAKS_MIN) return 0
  const least = singles[at + kept - 1]!
  if (deviation <= least) return 0
  let excess = PRIOR_EXCESS * PRIOR_PEAKS
  for (let i = 0; i < kept - 1; i++) excess += excessOf(singles[at + i]! / least, light)
  const mean = excess / (PRIOR_PEAKS + kept - 1)
  return Math.log((count + 1) / kept) + excessOf(deviation / least, light) / mean
}

function excessOf(ratio: number, light: boolean): number {
  return light ? ratio - 1 : Math.log(ratio)
}

/**
 * Keeps a deviation when it is among the greatest. Peaks that follow each other within `run` points are one cluster, of
 * which the greatest is kept: else one long burst would pass for eight.
 *
 * @param count points seen, this one included
 * @param newest_at count at the newest cluster's peak, 0 before the first
 * @returns the new `newest_at`
 */
export function keepPeak(
  deviation: number,
  singles: Float32Array,
  at: number,
  count: number,
  newest_at: number,
  run: number,
): number {
  // Most points end here.
  if (deviation <= singles[at + PEAKS - 1]!) return newest_at
  let place = PEAKS - 1
  if (newest_at > 0 && count - newest_at <= run) {
    const newest = singles[at + NEWEST]!
    if (deviation <= newest) return newest_at
    place = 0
    while (singles[at + place] !== newest) place++
  }
  for (; place > 0 && singles[at + place - 1]! < deviation; place--) singles[at + place] = singles[at + place - 1]!
  singles[at + place] = deviation
  // What was rounded to 32 bits is what has to be found again.
  singles[at + NEWEST] = singles[at + place]!
  return count
}
