import { type CreativeDay, type CreativeFate, idOf, LEVELS, LOG_OF } from './day.ts'
import { type SharedCost as Market, sharedCosts as marketOf } from './shared-cost.ts'

/** What became of a creative, as far as its results can say. */
export type Label = CreativeFate & {
  /** Last day of which enough results say what they cost; null where they never did. */
  readonly measured_to: number | null
}

/**
 * What became of creatives, from what was reported of them later: results and their price, which the forecast of a day
 * never sees of later days. Onset is the last day of the first window of at least three days over which a result cost
 * 1.5× (2×) the best seven days before, what all creatives of the account had in common taken out (`ownChange`).
 *
 * Results are counts, and few: a window is made longer until `RESULTS_LEAST` results were to be expected at its best,
 * and the best week is taken a standard error worse than it looks, since the best of many is always flattered.
 *
 * @param accounts of `byAccountAndDay`: days in ascending order
 */
export function labelsOf(accounts: ReadonlyMap<string, readonly (readonly CreativeDay[])[]>): Label[] {
  return [...accounts.values()].flatMap((days) => {
    const market = marketOf(days)
    const last_day = days.at(-1)?.[0]?.day ?? 0
    return [...Map.groupBy(days.flat(), idOf).values()].map((rows) => labelOf(rows, market, last_day))
  })
}

type Result = { readonly day: number; readonly age: number } & Sums
type Sums = { readonly spend: number; readonly clicks: number; readonly results: number }
/** Days together; `market` is that of the last of them. */
type Span = Sums & { readonly market: Market }

function labelOf(rows: readonly CreativeDay[], markets: ReadonlyMap<number, Market>, last_day: number): Label {
  const first = rows[0]!
  const days = rows.flatMap(resultOf)
  const onset = { limited: null as number | null, fatigued: null as number | null }
  let best: Span | null = null
  let measured_to: number | null = null
  for (let i = BEST_DAYS - 1; i < days.length; i++) {
    const market = markets.get(days[i]!.day)!
    const window = best === null ? null : windowAt(days, i, best)
    if (best !== null && window !== null) {
      measured_to = days[i]!.day
      const gone = riseOf({ ...window, market }, best)
      for (const level of LEVELS) if (gone >= LOG_OF[level]) onset[level] ??= days[i]!.age
    }
    const week = sumOf(days.slice(i - BEST_DAYS + 1, i + 1))
    if (week.results < BEST_RESULTS_LEAST) continue
    const span = { ...week, results: week.results - Math.sqrt(week.results), market }
    // Cheaper by itself: where the market got dearer, standing still is not a better week.
    if (best === null || riseOf(span, best) < 0) best = span
  }
  const end_day = rows.at(-1)!.day + 1
  return {
    account: first.account,
    creative: first.creative,
    launch_day: first.day - first.age,
    end_day: end_day > last_day ? last_day + 1 : end_day,
    // Twice the cost is one and a half times the cost, whichever window showed it first.
    onset_age_1p5x: onset.limited === null ? onset.fatigued : Math.min(onset.limited, onset.fatigued ?? onset.limited),
    onset_age_2x: onset.fatigued,
    measured_to,
  }
}

const BEST_DAYS = 7
const BEST_RESULTS_LEAST = 20
const WINDOW_LEAST = 3
const WINDOW_MOST = 14
const RESULTS_LEAST = 100

/** The days that end with this one; null where even fourteen of them have too few results. */
function windowAt(days: readonly Result[], last: number, best: Sums): Sums | null {
  let window: Sums = { spend: 0, clicks: 0, results: 0 }
  for (let i = last; i >= 0 && days[last]!.day - days[i]!.day < WINDOW_MOST; i--) {
    window = add(window, days[i]!)
    if (last - i + 1 >= WINDOW_LEAST && (window.spend * best.results) / best.spend >= RESULTS_LEAST) return window
  }
  return null
}

/** Log cost per result against the best: that of a click and how many clicks a result takes, each without its market. */
function riseOf(now: Span, best: Span): number {
  const results = Math.max(0.5, now.results)
  const price = now.market.price - best.market.price
  const rate = now.market.rate - best.market.rate
  if (now.clicks === 0 || best.clicks === 0) {
    return ownChange(Math.log((now.spend * best.results) / (results * best.spend)), price + rate)
  }
  const dearer = Math.log((now.spend * best.clicks) / (now.clicks * best.spend))
  const rarer = Math.log((now.clicks * best.results) / (results * best.clicks))
  return ownChange(dearer, price) + ownChange(rarer, rate)
}

/**
 * What is left of a change when the market's is taken out. A market that moved and a creative that did not (its click
 * price is capped, say) leave nothing: it has become no better by standing still.
 */
function ownChange(change: number, market: number): number {
  return change > 0 ? Math.max(0, change - Math.max(0, market)) : Math.min(0, change - Math.min(0, market))
}

function resultOf({ age, clicks, conversions, day, spend }: CreativeDay): Result[] {
  if (conversions === null || spend === null || spend <= 0) return []
  return [{ day, age, spend, clicks: clicks ?? 0, results: conversions }]
}

function add(a: Sums, b: Sums): Sums {
  return { spend: a.spend + b.spend, clicks: a.clicks + b.clicks, results: a.results + b.results }
}

function sumOf(days: readonly Sums[]): Sums {
  return days.reduce<Sums>(add, { spend: 0, clicks: 0, results: 0 })
}
