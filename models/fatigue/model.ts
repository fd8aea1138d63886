import { type Isotonic, isotonicAt } from '../math/isotonic.ts'
import type { Structure } from './account.ts'
import type { Belief } from './belief.ts'
import type { Creative } from './creative.ts'
import { LEVELS, type Level } from './day.ts'
import { featuresOf, logit, withoutPrices } from './features.ts'
import { type AlertScore, SCORED_FROM_AGE } from './first-alerts.ts'
import { type Hazard, incidence } from './hazard.ts'
import type { Market } from './market.ts'
import { NODES } from './reach.ts'
import { intervalOf } from './spread.ts'
import type { Thresholds } from './threshold.ts'
import { type Trees, treesAt } from './trees.ts'

/** Days ahead for which a forecast is given. */
export const HORIZONS = [7, 14] as const

/** Everything that was learnt, as plain data. */
export type FatigueModel = {
  readonly structure: Structure
  readonly levels: Readonly<Record<Level, LevelModel>>
  /**
   * The same learnt without prices: for creatives whose prices are unknown, or move for other reasons than wear. Null in
   * models that were learnt before there was one.
   */
  readonly unpriced: Readonly<Record<Level, LevelModel>> | null
}

/** What was learnt of the onset of one level. */
export type LevelModel = {
  readonly forecaster: Forecaster
  /** For each of `HORIZONS`. */
  readonly calibration: readonly Isotonic[]
  /** Deviation in log odds of whole accounts from their forecasts, for each of `HORIZONS`. */
  readonly spread: readonly number[]
  readonly thresholds: Thresholds
  readonly record: HeldOut
}

/** How it did on accounts held out while it was chosen. */
export type HeldOut = {
  readonly observations: number
  /** Share of the scored days that an onset followed within each of `HORIZONS`: what a naive model says of every day. */
  readonly base_rate: readonly number[]
  readonly hazard_log_loss: readonly number[]
  readonly trees_log_loss: readonly number[]
  readonly first_alerts: AlertScore
}

/** The regression, and for each of `HORIZONS` the trees that correct it, where they do. */
export type Forecaster = { readonly hazard: Hazard; readonly trees: readonly (Trees | null)[] }

/** A chance with the range in which it lies in 80 % of accounts. */
export type Chance = { readonly p: number; readonly low: number; readonly high: number }

/** Chance of the onset of one level within 7 and 14 days, and what that calls for. */
export type LevelForecast = {
  readonly p7: Chance
  readonly p14: Chance
  readonly grade: Grade
  /** Days ahead at which half of the chance of the next 21 days has come: no later should the next creative run. */
  readonly half_in_days: number
}

export type Grade = 'none' | 'candidate' | 'alert' | 'urgent'

/** `p7`, `p14` and `alert` are those of `fatigued`. */
export type Given = {
  readonly kind: 'forecast'
  readonly p7: number
  readonly p14: number
  readonly alert: boolean
  readonly levels: Readonly<Record<Level, LevelForecast>>
}

export type Forecast =
  | Given
  /** Not one day on which a rate could be measured: nothing tells this creative from any other. */
  | { readonly kind: 'insufficient'; readonly needs: string }

/** What is to be expected of a creative after its last day. */
export function forecast(model: FatigueModel, creative: Creative, belief: Belief, market: Market): Forecast {
  if (creative.clicks.values + creative.hooks.values === 0) {
    return { kind: 'insufficient', needs: 'a day with impressions and clicks, or with three-second views' }
  }
  const of = Object.fromEntries(
    LEVELS.map((level) => [level, ofLevel(model, level, creative, belief, market)]),
  ) as Readonly<Record<Level, LevelForecast>>
  return ordered(of)
}

/**
 * A forecast of chances that cannot contradict each other: twice the cost is at least one and a half times the cost, and
 * what has come within 7 days has come within 14, whatever their calibrations say.
 */
export function ordered({ fatigued, limited }: Readonly<Record<Level, LevelForecast>>): Given {
  const twice = { ...fatigued, p14: atLeast(fatigued.p14, fatigued.p7) }
  const p7 = atLeast(limited.p7, twice.p7)
  const p14 = atLeast(atLeast(limited.p14, p7), twice.p14)
  return {
    kind: 'forecast',
    p7: twice.p7.p,
    p14: twice.p14.p,
    alert: twice.grade === 'alert' || twice.grade === 'urgent',
    levels: { limited: { ...limited, p7, p14 }, fatigued: twice },
  }
}

function ofLevel(model: FatigueModel, level: Level, creative: Creative, belief: Belief, market: Market): LevelForecast {
  const features = featuresOf(creative, belief, market, level)
  const beliefs = belief.onset[level].cumulative
  const share = model.unpriced === null ? 1 : priceShare(belief)
  const priced = share > 0 ? sayOf(model.levels[level], features, beliefs) : null
  const unpriced = share < 1 ? sayOf(model.unpriced![level], withoutPrices(features), beliefs) : null
  const said = mixed(priced, unpriced, share)
  const p7 = chanceOf(said.chances[0]!, said.spread[0]!)
  const p14 = atLeast(chanceOf(said.chances[1]!, said.spread[1]!), p7)
  const grade = creative.age >= SCORED_FROM_AGE ? gradeOf(p14.p, said.thresholds) : 'none'
  return { p7, p14, grade, half_in_days: halfIn(said.at_nodes) }
}

/** What one of the two models says, calibrated. */
type Said = {
  readonly at_nodes: readonly number[]
  readonly chances: readonly number[]
  readonly spread: readonly number[]
  readonly thresholds: Thresholds
}

function sayOf(
  { calibration, forecaster, spread, thresholds }: LevelModel,
  features: readonly number[],
  beliefs: ArrayLike<number>,
): Said {
  const at_nodes = incidence(forecaster.hazard, features, beliefs)
  const raw = corrected(forecaster, at_nodes, features)
  return { at_nodes, chances: raw.map((chance, h) => isotonicAt(calibration[h]!, chance)), spread, thresholds }
}

/** Between the two, in log odds: whoever trusts prices half, believes both half. */
function mixed(priced: Said | null, unpriced: Said | null, share: number): Said {
  if (priced === null || unpriced === null) return (priced ?? unpriced)!
  const between = (a: number, b: number) => b + share * (a - b)
  const odds = (a: number, b: number) => 1 / (1 + Math.exp(-between(logit(a), logit(b))))
  const each = (of: (said: Said) => readonly number[], mix: (a: number, b: number) => number) => {
    return of(priced).map((value, i) => mix(value, of(unpriced)[i]!))
  }
  const threshold = (name: keyof Thresholds) => odds(priced.thresholds[name], unpriced.thresholds[name])
  return {
    at_nodes: each(({ at_nodes }) => at_nodes, between),
    chances: each(({ chances }) => chances, odds),
    spread: each(({ spread }) => spread, between),
    thresholds: { candidate: threshold('candidate'), alert: threshold('alert'), urgent: threshold('urgent') },
  }
}

/**
 * How much of a forecast is that of the model with prices: all of it where they say half as much as the rates and more,
 * nothing where they say next to nothing. With fewer than four creatives side by side, or noisy auctions, they do not.
 */
function priceShare({ price_information }: Belief): number {
  if (price_information <= SAYS_NOTHING) return 0
  return Math.min(1, Math.log(price_information / SAYS_NOTHING) / Math.log(SAYS_ALL / SAYS_NOTHING))
}

const SAYS_NOTHING = 0.08
const SAYS_ALL = 0.5

function chanceOf(p: number, spread: number): Chance {
  return { p, ...intervalOf(p, spread) }
}

function atLeast(chance: Chance, least: Chance): Chance {
  return {
    p: Math.max(chance.p, least.p),
    low: Math.max(chance.low, least.low),
    high: Math.max(chance.high, least.high),
  }
}

function gradeOf(p14: number, { alert, candidate, urgent }: Thresholds): Grade {
  return p14 >= urgent ? 'urgent' : p14 >= alert ? 'alert' : p14 >= candidate ? 'candidate' : 'none'
}

/** First whole day by which half of what comes within the last node has come, straight between nodes. */
function halfIn(at_nodes: readonly number[]): number {
  const half = at_nodes.at(-1)! / 2
  let [day, reached] = [0, 0]
  for (const [i, node] of NODES.entries()) {
    const next = at_nodes[i]!
    if (next >= half) return Math.max(1, Math.ceil(day + ((node - day) * (half - reached)) / (next - reached || 1)))
    day = node
    reached = next
  }
  return NODES.at(-1)!
}

/** Chances at `HORIZONS` before calibration. */
export function rawChances(
  forecaster: Forecaster,
  features: ArrayLike<number>,
  beliefs: ArrayLike<number>,
  row = 0,
): number[] {
  return corrected(forecaster, incidence(forecaster.hazard, features, beliefs, row), features, row)
}

function corrected({ trees }: Forecaster, at_nodes: readonly number[], features: ArrayLike<number>, row = 0): number[] {
  return HORIZONS.map((horizon, h) => {
    const chance = at_nodes[NODES.indexOf(horizon)]!
    const boosted = trees[h] ?? null
    if (boosted === null) return chance
    return 1 / (1 + Math.exp(-logit(chance) - treesAt(boosted, features, row * boosted.width)))
  })
}
