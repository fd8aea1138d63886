import { twoSided } from '../../../models/anomaly/counts/count-law.ts'
import { TESTS } from '../../../models/anomaly/counts/evidence.ts'
import { shareTails } from '../../../models/anomaly/counts/share-law.ts'
import { METRICS, type Metric } from './scope.ts'
import type { ScopeSeries } from './scope-series.ts'
import type { SeriesBook } from './series.ts'

/** What each count is a share of: clicks of impressions (CTR), conversions of clicks (CVR). */
export const SHARE_OF: Readonly<Partial<Record<Metric, Metric>>> = { clicks: 'impressions', conversions: 'clicks' }

/**
 * Tests a count of a campaign against what as much of what it is made of usually brings, in its newest bucket and in the
 * sums that end with it: a beta-binomial with the other count as its trials. What a day does to both is in neither, so a
 * click rate that falls by a fifth is plain long before clicks are. Only campaigns are asked: what holds several has
 * another rate as soon as one of them is shown more than the others.
 *
 * @param u randomises what is discrete, as in the test of the count itself
 * @returns a p-value for each of SUMS, NaN where there is no telling; null where none can be told
 */
export function testRate(
  book: SeriesBook,
  of: ScopeSeries,
  metric: number,
  bucket: number,
  u: number,
): Float64Array | null {
  const [at, base] = [of.at[metric]!, of.at[TRIALS_OF[metric]!] ?? -1]
  if (!of.isCampaign || at === -1 || base === -1) return null
  const p_values = new Float64Array(TESTS).fill(Number.NaN)
  let [successes, trials, expected] = [0, 0, 0]
  let next = 0
  for (let back = 0; next < SUMS.length; back++) {
    const count = book.noted(at, bucket - back)
    const made = book.noted(base, bucket - back)
    if (count === undefined || made === undefined || book.isTold(at, bucket - back)) break
    successes += count.observed
    trials += made.observed
    expected += (made.observed * count.expected) / made.expected
    if (back + 1 < SUMS[next]!) continue
    p_values[next++] = shareP(successes, trials, expected, u)
  }
  return p_values.every(Number.isNaN) ? null : p_values
}

/** Two-sided p-value of so many successes; 1 stands for all that are plainly ordinary, NaN where counts are no shares. */
export function shareP(successes: number, trials: number, expected: number, u: number): number {
  if (expected < VOLUME_MIN || successes > trials || expected >= trials) return Number.NaN
  const rate = expected / trials
  // Both rates were learnt in a few hours of this time of the week, from some times as many counts.
  const wide = OFF ** 2 + 1 / (HOURS_LEARNT * expected)
  const variance = expected * (1 - rate) + wide * expected ** 2
  if ((successes - expected) ** 2 < ORDINARY ** 2 * variance) return 1
  const correlation = Math.min(CORRELATION_MAX, (wide * rate) / (1 - rate))
  return twoSided(shareTails(successes, trials, { rate, precision: 1 / correlation - 1 }), u)
}

/** Of each of METRICS, the place of the one that it is a share of. */
const TRIALS_OF = METRICS.map((metric) => {
  const of = SHARE_OF[metric]
  return of === undefined ? -1 : METRICS.indexOf(of)
})
/** Buckets of the sums that are tested. */
const SUMS = [1, 3, 8] as const
/** Expected, so that none at all would be seen: P(0) = 1e-4. */
const VOLUME_MIN = 9.2
/** Relative standard deviation of a rate besides the counting. */
const OFF = 0.04
const HOURS_LEARNT = 3
/** Standard deviations within which every p-value is above ORDINARY_P. */
const ORDINARY = 1.6
const CORRELATION_MAX = 0.5
