import { type Channel, type Drift, loosen, observe, openChannel, restart } from './channel.ts'
import { type CostIndex, UNKNOWN_STEP_VARIANCE } from './cost-index.ts'
import { COUPLINGS } from './couplings.ts'
import { BEST_DAYS, type CreativeDay } from './day.ts'
import { type Evidence, gatherEvidence, noEvidence } from './evidence.ts'
import { type Exposure, expose, logExposure, NO_EXPOSURE } from './exposure.ts'
import { CLASSES } from './prior.ts'
import { SHAPES, shapesAt } from './shapes.ts'

/** What is kept of one creative, 4 kB, 18 kB after a year: everything a forecast needs of its past. */
export type Creative = {
  age: number
  days: number
  readonly clicks: Channel
  readonly hooks: Channel
  readonly costs: Channel
  readonly evidence: Evidence
  exposure: Exposure
  /** Of the last days, newest last. */
  readonly recent_log_exposures: number[]
  readonly recent_impressions: number[]
  /** Mean log exposure of the first days, to which wear is relative. */
  best_log_exposure: number
  /** Log click rate had it not worn, and the variance of that: what the market index is measured against. */
  level: number
  level_variance: number
  /** Newest log cost per mille. */
  last_cost: { readonly age: number; readonly value: number } | null
  /** What is believed of it: log cost per result against its best, growth of that a day, weights of the prior's classes. */
  wear: number
  wear_per_day: number
  readonly classes: Float64Array
  /** What its rates and prices together say of each coupling. */
  readonly couplings: Float64Array
}

/**
 * Of log click and hook rates about the level of one creative, measured on creatives that do not wear out: correlation
 * 0.88 from day to day; counting noise is 1/count, with a little more that counts do not explain.
 */
const CLICK_DRIFT: Drift = { correlation: 0.88, variance: 0.0055 }
const HOOK_DRIFT: Drift = { correlation: 0.88, variance: 0.0035 }
const CLICK_NOISE = 0.003
const HOOK_NOISE = 0.0015

/**
 * Prices follow wear closely or hardly at all, which the account tells (`CostIndex`); what stays besides is that no
 * creative wears out exactly as a shape says.
 */
function costDrift(noise: number): Drift {
  return { correlation: 0.97, variance: COST_MISFIT + 20 * noise }
}

const COST_MISFIT = 0.012 ** 2
/** A change so many deviations off is no noise: a bid, a placement, an audience was changed. */
const COST_JUMP = 6
/** Wear moves no price by so much in a day: its level is another one from then on. */
const LEVEL_JUMP = 0.05

export function openCreative(): Creative {
  return {
    age: -1,
    days: 0,
    clicks: openChannel(CLICK_DRIFT),
    hooks: openChannel(HOOK_DRIFT),
    costs: openChannel(costDrift(0)),
    evidence: noEvidence(),
    last_cost: null,
    exposure: NO_EXPOSURE,
    recent_log_exposures: [],
    recent_impressions: [],
    best_log_exposure: 0,
    level: Number.NaN,
    level_variance: 1,
    wear: 0,
    wear_per_day: 0,
    classes: new Float64Array(CLASSES),
    couplings: new Float64Array(COUPLINGS.length),
  }
}

/** Log click rate and its variance by counting; null where nothing was shown or clicks are unknown. */
export function logClickRate({ clicks, impressions }: CreativeDay): { value: number; noise: number } | null {
  if (clicks === null || clicks < 0 || impressions <= 0) return null
  return { value: Math.log((clicks + 0.5) / impressions), noise: 1 / (clicks + 0.5) + CLICK_NOISE }
}

/** Log cost per mille; null where nothing was shown or paid. */
export function logCost({ impressions, spend }: CreativeDay): number | null {
  return spend === null || spend <= 0 || impressions <= 0 ? null : Math.log((1000 * spend) / impressions)
}

/**
 * Takes in one day.
 *
 * @param market the account's log index of that day, which is not the creative's doing, and the index's variance
 * @param before the account's cost index of the day before
 * @param cost_loading how much of the wear shows in the price of impressions
 */
export function advance(
  creative: Creative,
  day: CreativeDay,
  market: { value: number; variance: number },
  cost: CostIndex,
  before: CostIndex,
  cost_loading: number,
): void {
  const since = creative.days === 0 ? 0 : Math.max(0, day.age - creative.age)
  creative.age = Math.max(creative.age, day.age, 0)
  creative.exposure = expose(creative.exposure, Math.max(0, day.impressions), day.reach_cum, since)
  const log_exposure = logExposure(creative.exposure)
  if (creative.days < BEST_DAYS) {
    creative.best_log_exposure = (creative.best_log_exposure * creative.days + log_exposure) / (creative.days + 1)
  }
  creative.days++
  keep(creative.recent_log_exposures, log_exposure, 3)
  keep(creative.recent_impressions, Math.max(0, day.impressions), 7)
  gatherEvidence(creative.evidence, day, market.value)
  shapesAt(creative.age, log_exposure, SHAPES_NOW)
  const clicks = logClickRate(day)
  if (clicks !== null) {
    const value = clicks.value - market.value
    const noise = clicks.noise + Math.min(market.variance, MARKET_VARIANCE_MOST)
    observe(creative.clicks, CLICK_DRIFT, creative.age, value, noise, SHAPES_NOW)
  }
  observeCost(creative, day, cost, before, cost_loading)
  const { hook_views, impressions } = day
  if (hook_views !== null && hook_views > 0 && impressions > 0) {
    const value = Math.log((hook_views + 0.5) / impressions)
    observe(creative.hooks, HOOK_DRIFT, creative.age, value, 1 / (hook_views + 0.5) + HOOK_NOISE, SHAPES_NOW)
  }
}

/** Takes in the price of its impressions, against that of the account. */
function observeCost(creative: Creative, row: CreativeDay, cost: CostIndex, before: CostIndex, loading: number): void {
  const now = logCost(row)
  if (now === null) return
  if (creative.last_cost !== null) {
    const expected = cost.value - before.value + loading * creative.wear_per_day
    const jump = now - creative.last_cost.value - expected
    const is_odd = Math.abs(jump) > COST_JUMP * Math.sqrt(cost.noise)
    if (cost.step_variance >= UNKNOWN_STEP_VARIANCE || (is_odd && Math.abs(jump) > LEVEL_JUMP)) {
      restart(creative.costs, costDrift(cost.noise))
    } else {
      loosen(creative.costs, cost.step_variance + (is_odd ? jump * jump : 0))
    }
  }
  const rounding = (0.005 / row.spend!) ** 2
  observe(creative.costs, costDrift(cost.noise), creative.age, now - cost.value, cost.noise + rounding, SHAPES_NOW)
  creative.last_cost = { age: creative.age, value: now }
}

/** An index nobody could measure must not silence the creative altogether. */
const MARKET_VARIANCE_MOST = 0.01
/** Written anew by every call. */
const SHAPES_NOW = new Float64Array(SHAPES)

function keep(list: number[], value: number, most: number): void {
  list.push(value)
  if (list.length > most) list.shift()
}
