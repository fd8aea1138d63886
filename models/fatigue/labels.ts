import { type CreativeDay, type CreativeFate, LEVELS, type Level, LOG_OF } from './day.ts'
import { type SharedCost as Market, nextSharedCost, openSharedCosts, type SharedCosts } from './shared-cost.ts'

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
    const labeller = openLabeller()
    for (const rows of days) labelDay(labeller, rows)
    return [...labeller.creatives.keys()].map((creative) => labelNow(labeller, creative)!)
  })
}

/** The creatives of one account, followed day by day: what is kept of each does not grow with its days. */
export type Labeller = {
  readonly creatives: Map<string, Followed>
  readonly market: SharedCosts
}

type Followed = {
  readonly account: string
  readonly launch_day: number
  last_day: number
  /** The last ones, as far back as a window or a week may reach. */
  readonly results: Result[]
  best: Span | null
  measured_to: number | null
  readonly onset: { limited: number | null; fatigued: number | null }
}

type Result = { readonly day: number } & Sums
type Sums = { readonly spend: number; readonly clicks: number; readonly results: number }
/** Days together; `market` is that of the last of them. */
type Span = Sums & { readonly market: Market }

export function openLabeller(): Labeller {
  return { creatives: new Map(), market: openSharedCosts() }
}

/** Takes in one day of the account. @param rows of all its creatives; days in ascending order */
export function labelDay(labeller: Labeller, rows: readonly CreativeDay[]): void {
  const market = nextSharedCost(labeller.market, rows)
  for (const row of rows) {
    const { account, age, creative, day } = row
    const followed = labeller.creatives.get(creative) ?? {
      ...{ account, launch_day: day - age, last_day: day, results: [], best: null, measured_to: null },
      onset: { limited: null, fatigued: null },
    }
    labeller.creatives.set(creative, followed)
    followed.last_day = day
    const result = resultOf(row)
    if (result !== null) follow(followed, result, age, market)
  }
}

/** What has become of a creative by the last day that was taken in; undefined where it is not known. */
export function labelNow({ creatives }: Labeller, creative: string): Label | undefined {
  const followed = creatives.get(creative)
  if (followed === undefined) return undefined
  const { account, launch_day, measured_to, onset } = followed
  return {
    ...{ account, creative, launch_day, end_day: followed.last_day + 1 },
    // Twice the cost is one and a half times the cost, whichever window showed it first.
    onset_age_1p5x: onset.limited === null ? onset.fatigued : Math.min(onset.limited, onset.fatigued ?? onset.limited),
    onset_age_2x: onset.fatigued,
    measured_to,
  }
}

/**
 * What became of a forecast: 1 where the creative came to the level within its days, 0 where it did not, or was stopped
 * before. Null where nobody can know: it had come to the level before, or has too few results to say.
 */
export function cameWithin(label: Label, level: Level, origin: number, horizon_days: number): 0 | 1 | null {
  const age = level === 'fatigued' ? label.onset_age_2x : label.onset_age_1p5x
  const onset = age === null ? Number.POSITIVE_INFINITY : label.launch_day + age
  if (onset <= origin) return null
  if (onset <= origin + horizon_days) return 1
  const stopped = label.end_day <= origin + horizon_days
  const measured = label.measured_to !== null && label.measured_to > origin
  return stopped || measured ? 0 : null
}

function follow(followed: Followed, result: Result, age: number, market: Market): void {
  const { best, onset, results } = followed
  results.push(result)
  while (results.length > BEST_DAYS && result.day - results[0]!.day >= WINDOW_MOST) results.shift()
  if (results.length < BEST_DAYS) return
  const window = best === null ? null : windowAt(results, best)
  if (best !== null && window !== null) {
    followed.measured_to = result.day
    const gone = riseOf({ ...window, market }, best)
    for (const level of LEVELS) if (gone >= LOG_OF[level]) onset[level] ??= age
  }
  const week = sumOf(results.slice(-BEST_DAYS))
  if (week.results < BEST_RESULTS_LEAST) return
  const span = { ...week, results: week.results - Math.sqrt(week.results), market }
  // Cheaper by itself: where the market got dearer, standing still is not a better week.
  if (best === null || riseOf(span, best) < 0) followed.best = span
}

const BEST_DAYS = 7
const BEST_RESULTS_LEAST = 20
const WINDOW_LEAST = 3
const WINDOW_MOST = 14
const RESULTS_LEAST = 100

/** The days that end with the last one; null where even fourteen of them have too few results. */
function windowAt(days: readonly Result[], best: Sums): Sums | null {
  let window: Sums = { spend: 0, clicks: 0, results: 0 }
  const last = days.length - 1
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

function resultOf({ clicks, conversions, day, spend }: CreativeDay): Result | null {
  if (conversions === null || spend === null || spend <= 0) return null
  return { day, spend, clicks: clicks ?? 0, results: conversions }
}

function add(a: Sums, b: Sums): Sums {
  return { spend: a.spend + b.spend, clicks: a.clicks + b.clicks, results: a.results + b.results }
}

function sumOf(days: readonly Sums[]): Sums {
  return days.reduce<Sums>(add, { spend: 0, clicks: 0, results: 0 })
}
