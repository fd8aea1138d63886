import { type CreativeDay, type CreativeFate, idOf, LOG_OF } from './day.ts'

/** What became of a creative as far as its results can say; `measured` is false where they were too few to tell. */
export type Label = CreativeFate & { readonly measured: boolean }

/**
 * What became of creatives, from what was reported of them later: results and their price, which the forecast of a day
 * never sees of later days. The account's index of cost per result is taken out, so that a market in which everything
 * gets dearer makes nobody fatigued. Onset is the last day of the first window of at least three days over which a result
 * cost 1.5× (2×) the best seven days before.
 *
 * Results are counts, and few: a window is made longer until `RESULTS_LEAST` results were to be expected at its best,
 * and the best week is taken a standard error worse than it looks, since the best of many is always flattered.
 *
 * @param accounts of `byAccountAndDay`: days in ascending order
 */
export function labelsOf(accounts: ReadonlyMap<string, readonly (readonly CreativeDay[])[]>): Label[] {
  return [...accounts.values()].flatMap((days) => {
    const index = costIndex(days)
    const last_day = days.at(-1)?.[0]?.day ?? 0
    return [...Map.groupBy(days.flat(), idOf).values()].map((rows) => labelOf(rows, index, last_day))
  })
}

type Result = { readonly day: number; readonly age: number; readonly spend: number; readonly results: number }

function labelOf(rows: readonly CreativeDay[], index: ReadonlyMap<number, number>, last_day: number): Label {
  const first = rows[0]!
  const days = rows.flatMap(({ age, conversions, day, spend }): Result[] => {
    if (conversions === null || spend === null) return []
    return [{ day, age, spend: spend * Math.exp(-(index.get(day) ?? 0)), results: conversions }]
  })
  const onset = { limited: null as number | null, fatigued: null as number | null }
  let best = Number.POSITIVE_INFINITY
  let measured = false
  for (let i = BEST_DAYS - 1; i < days.length; i++) {
    const window = windowAt(days, i, best)
    if (window !== null) {
      measured = true
      const gone = Math.log(window / best)
      for (const level of ['limited', 'fatigued'] as const) {
        if (gone >= LOG_OF[level]) onset[level] ??= days[i]!.age
      }
    }
    const week = sumOf(days.slice(i - BEST_DAYS + 1, i + 1))
    if (week.results >= BEST_RESULTS_LEAST) {
      best = Math.min(best, week.spend / (week.results - Math.sqrt(week.results)))
    }
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
    measured,
  }
}

const BEST_DAYS = 7
const BEST_RESULTS_LEAST = 20
const WINDOW_LEAST = 3
const WINDOW_MOST = 14
const RESULTS_LEAST = 100

/** Cost per result over the days that end with this one; null where even fourteen of them have too few results. */
function windowAt(days: readonly Result[], last: number, best: number): number | null {
  if (best === Number.POSITIVE_INFINITY) return null
  let spend = 0
  let results = 0
  for (let i = last; i >= 0 && days[last]!.day - days[i]!.day < WINDOW_MOST; i--) {
    spend += days[i]!.spend
    results += days[i]!.results
    if (last - i + 1 >= WINDOW_LEAST && spend / best >= RESULTS_LEAST) return spend / Math.max(0.5, results)
  }
  return null
}

/** Log cost per result that all creatives of an account share: the median of their changes from week to week, added up. */
function costIndex(days: readonly (readonly CreativeDay[])[]): ReadonlyMap<number, number> {
  const index = new Map<number, number>()
  const recent = new Map<string, Result[]>()
  const values: number[] = []
  for (const rows of days) {
    const changes = rows.flatMap(({ creative, day, age, spend, conversions }) => {
      if (spend === null || conversions === null) return []
      const own = recent.get(creative) ?? []
      own.push({ day, age, spend, results: conversions })
      if (own.length > 2 * BEST_DAYS) own.shift()
      recent.set(creative, own)
      if (own.length < 2 * BEST_DAYS) return []
      const [before, now] = [sumOf(own.slice(0, BEST_DAYS)), sumOf(own.slice(BEST_DAYS))]
      const known =
        before.results >= RESULTS_A_WEEK && now.results >= RESULTS_A_WEEK && before.spend > 0 && now.spend > 0
      return known ? [Math.log((now.spend * before.results) / (now.results * before.spend))] : []
    })
    // A change over a week, seen on each of seven days.
    const step = changes.length < CREATIVES_LEAST ? 0 : medianOf(changes) / BEST_DAYS
    values.push((values.at(-1) ?? 0) + step)
    index.set(rows[0]!.day, values.at(-1)!)
  }
  return index
}

const RESULTS_A_WEEK = 10
/** Of fewer the median is one of those that it should judge. */
const CREATIVES_LEAST = 4

function sumOf(days: readonly Result[]): { spend: number; results: number } {
  let spend = 0
  let results = 0
  for (const day of days) {
    spend += day.spend
    results += day.results
  }
  return { spend, results }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
