import type { CreativeDay } from './day.ts'

/**
 * What a media buyer would look at: rates of the last seven days against the best seven days, and against the seven
 * before. Kept as sums, so that a rate is always sum over sum.
 */
export type Evidence = {
  /** Sums of each day of the last fourteen, newest last. */
  readonly days: Sums[]
  readonly life: Sums
  /** Best seven-day rates so far: highest click and hook rate, lowest cost per result. Null until seven days are there. */
  best_click_rate: number | null
  best_hook_rate: number | null
  best_cost_per_result: number | null
  reach_cum: number | null
}

type Sums = {
  impressions: number
  /** Impressions weighted by the account's market index: clicks over these is a rate without the market's part. */
  market_impressions: number
  clicks: number
  conversions: number
  hook_views: number
  hook_impressions: number
  spend: number
  /** People reached, each day for itself, and the impressions of the days on which that is known. */
  reach: number
  reach_impressions: number
}

export function noEvidence(): Evidence {
  return {
    days: [],
    life: emptySums(),
    best_click_rate: null,
    best_hook_rate: null,
    best_cost_per_result: null,
    reach_cum: null,
  }
}

/** Takes in one day. */
export function gatherEvidence(evidence: Evidence, row: CreativeDay, market: number): void {
  const impressions = Math.max(0, row.impressions)
  const sums: Sums = {
    impressions,
    market_impressions: row.clicks === null ? 0 : impressions * Math.exp(market),
    clicks: Math.max(0, row.clicks ?? 0),
    conversions: Math.max(0, row.conversions ?? 0),
    hook_views: Math.max(0, row.hook_views ?? 0),
    hook_impressions: row.hook_views === null ? 0 : impressions,
    spend: Math.max(0, row.spend ?? 0),
    reach: Math.max(0, row.reach ?? 0),
    reach_impressions: row.reach == null || row.reach <= 0 ? 0 : impressions,
  }
  addTo(evidence.life, sums)
  evidence.days.push(sums)
  if (evidence.days.length > 2 * WEEK) evidence.days.shift()
  if (row.reach_cum !== null && row.reach_cum > 0) evidence.reach_cum = row.reach_cum
  if (evidence.days.length < WEEK) return
  const week = lastWeek(evidence)
  evidence.best_click_rate = best(Math.max, evidence.best_click_rate, week.clicks, week.market_impressions)
  evidence.best_hook_rate = best(Math.max, evidence.best_hook_rate, week.hook_views, week.hook_impressions)
  if (week.conversions >= RESULTS_LEAST) {
    evidence.best_cost_per_result = best(Math.min, evidence.best_cost_per_result, week.spend, week.conversions)
  }
}

const WEEK = 7
/** With fewer results in a week its cost per result is mostly chance. */
const RESULTS_LEAST = 5

export function lastWeek({ days }: Evidence): Sums {
  return sumOf(days.slice(-WEEK))
}

/** Impressions per person and day over the last seven days; null where no day says whom it reached. */
export function frequencyOf(evidence: Evidence): number | null {
  const { reach, reach_impressions } = lastWeek(evidence)
  return reach > 0 ? Math.max(1, reach_impressions / reach) : null
}

export function weekBefore({ days }: Evidence): Sums {
  return sumOf(days.slice(0, Math.max(0, days.length - WEEK)))
}

function sumOf(days: readonly Sums[]): Sums {
  const sum = emptySums()
  for (const day of days) addTo(sum, day)
  return sum
}

function addTo(sum: Sums, day: Sums): void {
  for (const name of NAMES) sum[name] += day[name]
}

function emptySums(): Sums {
  return {
    impressions: 0,
    market_impressions: 0,
    clicks: 0,
    conversions: 0,
    hook_views: 0,
    hook_impressions: 0,
    spend: 0,
    reach: 0,
    reach_impressions: 0,
  }
}

const NAMES = Object.keys(emptySums()) as (keyof Sums)[]

function best(choose: (a: number, b: number) => number, so_far: number | null, above: number, below: number) {
  if (!(below > 0) || !(above > 0)) return so_far
  return so_far === null ? above / below : choose(so_far, above / below)
}
