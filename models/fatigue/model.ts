import { type Isotonic, isotonicAt } from '../math/isotonic.ts'
import type { Structure } from './account.ts'
import { type Belief, NODES } from './belief.ts'
import type { Creative } from './creative.ts'
import { featuresOf, logit } from './features.ts'
import { type AlertScore, SCORED_FROM_AGE } from './first-alerts.ts'
import { type Hazard, incidence } from './hazard.ts'
import type { Market } from './market.ts'
import type { Thresholds } from './threshold.ts'
import { type Trees, treesAt } from './trees.ts'

/** Days ahead for which a forecast is given. */
export const HORIZONS = [7, 14] as const

/** Everything that was learnt, as plain data. */
export type FatigueModel = {
  readonly structure: Structure
  readonly forecaster: Forecaster
  /** For each of `HORIZONS`. */
  readonly calibration: readonly Isotonic[]
  readonly thresholds: Thresholds
  /** How it did on accounts held out while it was chosen. */
  readonly record: {
    readonly observations: number
    readonly hazard_log_loss: readonly number[]
    readonly trees_log_loss: readonly number[]
    readonly first_alerts: AlertScore
  }
}

/** The regression, and for each of `HORIZONS` the trees that correct it, where they do. */
export type Forecaster = { readonly hazard: Hazard; readonly trees: readonly (Trees | null)[] }

export type Forecast =
  | { readonly kind: 'forecast'; readonly p7: number; readonly p14: number; readonly alert: boolean }
  /** Not one day on which a rate could be measured: nothing tells this creative from any other. */
  | { readonly kind: 'insufficient'; readonly needs: string }

/** What is to be expected of a creative after its last day. */
export function forecast(model: FatigueModel, creative: Creative, belief: Belief, market: Market): Forecast {
  if (creative.clicks.values + creative.hooks.values === 0) {
    return { kind: 'insufficient', needs: 'a day with impressions and clicks, or with three-second views' }
  }
  const raw = rawChances(model.forecaster, featuresOf(creative, belief, market), belief.cumulative)
  const p7 = isotonicAt(model.calibration[0]!, raw[0]!)
  // What has come within 7 days has come within 14, whatever the two calibrations say.
  const p14 = Math.max(p7, isotonicAt(model.calibration[1]!, raw[1]!))
  const alert = creative.age >= SCORED_FROM_AGE && p14 >= model.thresholds.alert
  return { kind: 'forecast', p7, p14, alert }
}

/** Chances at `HORIZONS` before calibration. */
export function rawChances(
  { hazard, trees }: Forecaster,
  features: ArrayLike<number>,
  beliefs: ArrayLike<number>,
  row = 0,
): number[] {
  const at_nodes = incidence(hazard, features, beliefs, row)
  return HORIZONS.map((horizon, h) => {
    const chance = at_nodes[NODES.indexOf(horizon)]!
    const boosted = trees[h] ?? null
    if (boosted === null) return chance
    return 1 / (1 + Math.exp(-logit(chance) - treesAt(boosted, features, row * boosted.width)))
  })
}
