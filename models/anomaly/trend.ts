/** A ratio of one day, by its sums: value of conversions over spend, say. */
export type RatioDay = { readonly day: number; readonly numerator: number; readonly denominator: number }

export type Trend = {
  /** Ratio of sums over the base, and over the recent days. */
  readonly base: number
  readonly recent: number
  /** ln(recent / base). */
  readonly change: number
  /** Standard deviation of one day's ln ratio about the base. */
  readonly spread: number
  /** `change` in standard deviations of the difference of both means. */
  readonly deviation: number
  /** First day that is plainly on the side of the recent ones, as all after it are on average. */
  readonly since: number
}

/**
 * Whether a ratio is slowly becoming another: the last week against the four weeks before it, in logarithms, by how much
 * days differ from each other. Two weeks of decline that no single day shows are plain in this; one odd day is not, since
 * days are cut off at three of their robust deviations.
 *
 * @param days in order; days without a denominator are left out
 * @returns null with fewer than {@link BASE_MIN} days of a base or {@link RECENT_MIN} recent ones
 */
export function trendOf(
  days: readonly RatioDay[],
  last: number,
  fixed?: { base: number; spread: number },
): Trend | null {
  const known = days.filter(({ denominator, numerator }) => denominator > 0 && numerator > 0)
  const recent = known.filter(({ day }) => day > last - RECENT_DAYS && day <= last)
  const base = known.filter(({ day }) => day > last - RECENT_DAYS - BASE_DAYS && day <= last - RECENT_DAYS)
  if (recent.length < RECENT_MIN || (fixed === undefined && base.length < BASE_MIN)) return null
  const level = fixed?.base ?? ratioOf(base)
  const spread = fixed?.spread ?? spreadOf(base, level)
  const change = Math.log(ratioOf(recent) / level)
  const deviation = change / (spread * Math.sqrt(1 / recent.length + 1 / Math.max(BASE_MIN, base.length)))
  return { base: level, recent: ratioOf(recent), change, spread, deviation, since: sinceOf(known, last, level, change) }
}

/** Days that make a week of now, and four weeks of before. */
const RECENT_DAYS = 7
const BASE_DAYS = 28
export const RECENT_MIN = 5
export const BASE_MIN = 14
/** Days are never known better than this: reports differ by as much from pull to pull. */
const SPREAD_MIN = 0.015

function ratioOf(days: readonly RatioDay[]): number {
  let [above, below] = [0, 0]
  for (const { denominator, numerator } of days) {
    above += numerator
    below += denominator
  }
  return above / below
}

/** 1.4826 × the median of absolute deviations is a normal's standard deviation. */
function spreadOf(days: readonly RatioDay[], level: number): number {
  const off = days.map(({ denominator, numerator }) => Math.abs(Math.log(numerator / denominator / level)))
  off.sort((a, b) => a - b)
  return Math.max(SPREAD_MIN, 1.4826 * off[Math.floor(off.length / 2)]!)
}

/** Walks back while three days together are on the far side of a quarter of the change. */
function sinceOf(days: readonly RatioDay[], last: number, level: number, change: number): number {
  let since = last
  for (let at = days.length - 1; at >= 2; at--) {
    if (days[at]!.day > last) continue
    const three = Math.log(ratioOf(days.slice(at - 2, at + 1)) / level)
    if (three * Math.sign(change) < Math.abs(change) / 4) break
    since = days[at - 1]!.day
  }
  return since
}
