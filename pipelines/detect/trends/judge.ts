import { type RatioDay, type Trend, trendOf } from '../../../models/anomaly/trend.ts'
import type { Moved } from '../../../models/root-cause/classify.ts'
import type { Signal } from '../../../models/root-cause/signatures.ts'
import { against } from '../core/situation.ts'
import { type DayRow, dayOf, isSold, type Sum, sumOf } from './days.ts'

/** A decline that was told of: what was usual before it, which stays what it is measured by. */
export type Known = { readonly base: number; readonly spread: number; readonly since: number }

export type Judged =
  | { readonly what: 'declines'; readonly trend: Trend; readonly known: Known }
  | { readonly what: 'recovered' | 'new_level'; readonly trend: Trend; readonly known: Known }

/**
 * Whether what a platform brings for its spend is declining: two of the last three days must say so, against the four
 * weeks before it began. Gains are no alert.
 *
 * @param rows of one platform, deliveries only, for {@link DAYS} days up to `last`
 */
export function judgeDecline(rows: readonly DayRow[], last: number, known: Known | undefined): Judged | undefined {
  const days = ratiosOf(rows)
  if (known !== undefined) {
    const trend = trendOf(days, last, known)
    if (trend === null) return undefined
    if (trend.change > -RECOVERED) return { what: 'recovered', trend, known }
    return { what: last - known.since >= LONGEST_DAYS ? 'new_level' : 'declines', trend, known }
  }
  const off = [0, 1, 2].filter((back) => isDecline(trendOf(days, last - back)))
  const first = trendOf(days, last)
  if (off.length < 2 || first === null || !isDecline(first)) return undefined
  // The weeks before it began: those before this week have some of it in them.
  const before = trendOf(days, first.since + 6) ?? first
  const fresh = { base: before.base, spread: before.spread, since: first.since }
  const trend = trendOf(days, last, fresh)!
  return { what: 'declines', trend, known: { ...fresh, since: trend.since } }
}

/** What the last week had against the base weeks, as the classifier wants it. */
export function signalsOf(
  all: readonly DayRow[],
  platform: string,
  last: number,
  since: number,
): Partial<Record<Signal, Moved>> {
  const moved = (rows: readonly DayRow[], sum: Sum): Moved | undefined => {
    const base = rows.filter((row) => dayOf(row) < since && dayOf(row) >= since - BASE_DAYS)
    const days = new Set(base.map(dayOf)).size
    if (days < BASE_DAYS / 2) return undefined
    const expected = (sumOf(base, sum) / days) * WEEK
    if (expected <= 0) return undefined
    const observed = sumOf(
      rows.filter((row) => dayOf(row) > last - WEEK && dayOf(row) <= last),
      sum,
    )
    return { observed, expected, variance: expected + (SPREAD * expected) ** 2 }
  }
  const [own, others] = [all.filter((row) => row.platform === platform), all.filter((row) => row.platform !== platform)]
  const ads = own.filter((row) => !isSold(row))
  const [impressions, clicks, spend] = [moved(ads, 'impressions'), moved(ads, 'clicks'), moved(ads, 'spend')]
  const conversions = moved(ads, 'conversions')
  const found: Partial<Record<Signal, Moved | undefined>> = {
    impressions,
    clicks,
    spend,
    claimed_conversions: conversions,
    orders: moved(own.filter(isSold), 'orders'),
    sibling_clicks: moved(
      others.filter((row) => !isSold(row)),
      'clicks',
    ),
    sibling_orders: moved(others.filter(isSold), 'orders'),
    ctr: against(clicks, impressions),
    cpc: against(spend, clicks),
    cvr: against(conversions, clicks),
  }
  return Object.fromEntries(Object.entries(found).filter(([, one]) => one !== undefined))
}

function ratiosOf(rows: readonly DayRow[]): RatioDay[] {
  const days = Map.groupBy(rows, dayOf)
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([day, of]) => ({ day, numerator: sumOf(of, 'claimed'), denominator: sumOf(of, 'spend') }))
}

function isDecline(trend: Trend | null): boolean {
  return trend !== null && trend.change < -DECLINE && trend.deviation < -DEVIATIONS
}

const WEEK = 7
const BASE_DAYS = 28
/** Days that are looked at: a base before a decline that has gone on for as long as one may. */
export const DAYS = 84
/** In logarithms: an eighth less than before, and less than a twentieth. */
const DECLINE = 0.12
const RECOVERED = 0.05
const DEVIATIONS = 6
/** What has been so for six weeks is how things are. */
const LONGEST_DAYS = 42
const SPREAD = 0.04
