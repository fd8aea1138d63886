import type { Belief } from './belief.ts'
import type { Creative } from './creative.ts'
import type { Level } from './day.ts'
import { type Evidence, lastWeek, weekBefore } from './evidence.ts'
import type { Market } from './market.ts'
import { NODES } from './reach.ts'

/** What the regression and the trees of a level are given of a creative on a day. */
export const FEATURES = [
  'belief_7',
  'belief_14',
  'belief_21',
  'wear',
  'wear_deviation',
  'wear_in_14_days',
  'by_exposure',
  'by_age',
  'by_slump',
  'past',
  'log_age',
  'log_frequency',
  'is_video',
  'log_clicks',
  'click_rate_from_best',
  'hook_rate_from_best',
  'conversion_rate_from_life',
  'cost_per_mille_from_life',
  'cost_per_result_from_best',
  'click_rate_slope',
  'hook_rate_slope',
  'market',
] as const

/**
 * Logs of ratios and chances, all finite: what is not known is 0, "as ever". No calendar day and no name is among them, so that
 * nothing is learnt that only the training accounts have.
 */
export function featuresOf(creative: Creative, belief: Belief, market: Market, level: Level): number[] {
  const { evidence } = creative
  const week = lastWeek(evidence)
  const before = weekBefore(evidence)
  const { life } = evidence
  const onset = belief.onset[level]
  const click_rate = week.clicks / week.market_impressions
  const hook_rate = week.hook_views / week.hook_impressions
  return [
    logit(onset.cumulative[NODES.indexOf(7)]!),
    logit(onset.cumulative[NODES.indexOf(14)]!),
    logit(onset.cumulative[NODES.indexOf(21)]!),
    belief.wear,
    belief.wear_deviation,
    belief.wear + 14 * belief.wear_per_day,
    belief.by_exposure,
    belief.by_age,
    belief.by_slump,
    onset.past,
    Math.log1p(creative.age),
    frequencyLog(evidence),
    life.hook_views > 0 ? 1 : 0,
    Math.log1p(week.clicks),
    logRatio(click_rate, evidence.best_click_rate),
    logRatio(hook_rate, evidence.best_hook_rate),
    shrunkRatio(week.conversions, (week.clicks * life.conversions) / life.clicks),
    logRatio(week.spend / week.impressions, life.spend / life.impressions),
    week.conversions === 0 ? 0 : logRatio(week.spend / week.conversions, evidence.best_cost_per_result),
    shrunkRatio(week.clicks, (week.market_impressions * before.clicks) / before.market_impressions),
    shrunkRatio(week.hook_views, (week.hook_impressions * before.hook_views) / before.hook_impressions),
    market.value,
  ]
}

/** The same row as if no price were known. */
export function withoutPrices(features: readonly number[]): number[] {
  return features.map((value, i) => (PRICES.has(FEATURES[i]!) ? 0 : value))
}

const PRICES: ReadonlySet<string> = new Set<(typeof FEATURES)[number]>([
  'cost_per_mille_from_life',
  'cost_per_result_from_best',
])

/** A few expected results more on both sides: zero of one is no collapse. */
function shrunkRatio(count: number, expected: number): number {
  return expected > 0 && Number.isFinite(expected) ? Math.log((count + 3) / (expected + 3)) : 0
}

function logRatio(now: number, then: number | null): number {
  const ratio = then === null ? Number.NaN : now / then
  return ratio > 0 && Number.isFinite(ratio) ? Math.max(-3, Math.min(3, Math.log(ratio))) : 0
}

function frequencyLog({ life, reach_cum }: Evidence): number {
  return reach_cum === null || life.impressions === 0 ? 0 : Math.log(Math.max(1, life.impressions / reach_cum))
}

export function logit(chance: number): number {
  const safe = Math.min(1 - 1e-5, Math.max(1e-5, chance))
  return Math.log(safe / (1 - safe))
}
