/**
 * How much of a creative its audience has seen. People reached grow more slowly than impressions, and how much more
 * slowly tells the size of the audience; what was seen long ago is forgotten. The wear of a creative by exposure is a
 * power law of `1 + exposures per head`, so the logarithm of that is what wears it.
 */
export type Exposure = {
  /** Impressions since launch. */
  total: number
  /** Impressions that are still remembered. */
  remembered: number
  /** People who can be reached, as of the last day whose reach is known. */
  audience: number
  readonly audience_from_reach: boolean
}

export const NO_EXPOSURE: Exposure = { total: 0, remembered: 0, audience: 1, audience_from_reach: false }

/** The exposure after one day more. */
export function expose(before: Exposure, impressions: number, reach_cum: number | null, days_since: number): Exposure {
  const total = before.total + impressions
  const remembered = before.remembered * forgotten(days_since) + impressions
  if (reach_cum !== null && reach_cum > 0 && total > 0) {
    return { total, remembered, audience: total / perHead(total / reach_cum), audience_from_reach: true }
  }
  // Without reach the audience is taken to be what most are: some weeks' worth of the first impressions.
  const audience = before.audience_from_reach
    ? before.audience
    : Math.max(before.audience, impressions * DAYS_OF_AUDIENCE)
  return { total, remembered, audience, audience_from_reach: before.audience_from_reach }
}

/** ln(1 + remembered exposures per head): what a power law of wear is linear in. */
export function logExposure({ remembered, audience }: Pick<Exposure, 'remembered' | 'audience'>): number {
  return Math.log1p(remembered / audience)
}

/** The same in `days` days if impressions stay as they are. */
export function projectedLogExposure(now: Exposure, impressions_a_day: number, days: number): number {
  const keep = forgotten(1)
  const left = keep ** days
  const added = (impressions_a_day * (1 - left)) / (1 - keep)
  return logExposure({ remembered: now.remembered * left + added, audience: now.audience })
}

/** Share that is still remembered after so many days. Half is forgotten in six weeks (Naik, Mantrala, Sawyer 1998). */
function forgotten(days: number): number {
  return 0.5 ** (days / HALF_LIFE_DAYS)
}

const HALF_LIFE_DAYS = 45

/**
 * Exposures per head of the whole audience that belong to a frequency (impressions per person reached). People differ
 * in how often they can be reached; with a gamma distribution of shape k of that (the negative binomial of media
 * planning, Goodhardt and Ehrenberg 1969) the share reached by p exposures per head is 1 − (1 + p/k)^−k, and the
 * frequency is p over it. It grows with p, so bisection finds p.
 */
function perHead(frequency: number): number {
  if (!(frequency > 1 + 1e-6)) return LEAST_PER_HEAD
  let low = Math.log(LEAST_PER_HEAD)
  let high = Math.log(MOST_PER_HEAD)
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    const p = Math.exp(middle)
    if (p / -Math.expm1(-K * Math.log1p(p / K)) < frequency) low = middle
    else high = middle
  }
  return Math.exp(low)
}

const K = 0.6
const LEAST_PER_HEAD = 1e-4
const MOST_PER_HEAD = 1e5
/** Median over the training accounts of audience / impressions of a day. */
const DAYS_OF_AUDIENCE = 25
