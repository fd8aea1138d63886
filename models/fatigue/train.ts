import { fitIsotonic, isotonicAt } from '../math/isotonic.ts'
import { byAccountAndDay, type CreativeDay, type CreativeFate, compare, idOf, type Level } from './day.ts'
import { FEATURES, logit } from './features.ts'
import { fitHazard } from './hazard.ts'
import { learnPrior } from './learn-prior.ts'
import { learnLoadings } from './loadings.ts'
import { type FatigueModel, type Forecaster, HORIZONS, type LevelModel, rawChances } from './model.ts'
import { type Observations, observeTraining } from './observations.ts'
import { logLoss } from './score-chances.ts'
import { accountSpread } from './spread.ts'
import { chooseThresholds } from './threshold.ts'
import { growTrees, type TreeSettings } from './trees.ts'

/**
 * Learns from creatives whose fate is known. Everything that is chosen (whether the trees serve, calibration, alert
 * thresholds) is chosen on forecasts for accounts that the forecasting model had not seen.
 *
 * @throws TooLittleToLearn when the data hold fewer than 20 onsets or 4 accounts: then nothing is learnt
 */
export function trainFatigue(days: readonly CreativeDay[], known: readonly CreativeFate[]): FatigueModel {
  const fates = known.toSorted((a, b) => compare(idOf(a), idOf(b)))
  const accounts = byAccountAndDay(days)
  const fate_of = new Map(fates.map((fate) => [idOf(fate), fate]))
  const loadings = learnLoadings(Map.groupBy([...accounts.values()].flat(2), idOf), fates)
  const structure = { loadings, prior: learnPrior(accounts, fate_of, loadings) }
  const learn = (of: typeof accounts) => {
    const seen = observeTraining(of, fate_of, structure)
    // Twice the cost is the rarer of the two: where it can be learnt, one and a half times can.
    return {
      fatigued: trainLevel('fatigued', seen.fatigued, fates),
      limited: trainLevel('limited', seen.limited, fates),
    }
  }
  const levels = learn(accounts)
  const is_priced = days.some(({ spend }) => spend !== null)
  return { structure, levels, unpriced: is_priced ? learn(withoutSpend(accounts)) : levels }
}

type Accounts = ReturnType<typeof byAccountAndDay>

function withoutSpend(accounts: Accounts): Accounts {
  return new Map(
    [...accounts].map(([name, days]) => [name, days.map((rows) => rows.map((row) => ({ ...row, spend: null })))]),
  )
}

function trainLevel(level: Level, seen: Observations, fates: readonly CreativeFate[]): LevelModel {
  const folds = foldsOf(seen, level)
  const outcomes = HORIZONS.map((horizon) => Uint8Array.from(seen.onset_in, (ahead) => (ahead <= horizon ? 1 : 0)))
  const held_out = holdOut(seen, folds, outcomes)
  const serves = HORIZONS.map((_, h) => {
    return logLoss(held_out.trees[h]!, outcomes[h]!) < logLoss(held_out.hazard[h]!, outcomes[h]!)
  })
  const chosen = HORIZONS.map((_, h) => (serves[h] ? held_out.trees[h]! : held_out.hazard[h]!))
  const calibration = HORIZONS.map((_, h) => fitIsotonic(chosen[h]!, outcomes[h]!))
  const calibrated = HORIZONS.map((_, h) => crossCalibrated(chosen[h]!, outcomes[h]!, folds))
  const { score, thresholds } = chooseThresholds(seen, fates, calibrated.at(-1)!, level)
  const forecaster = fitForecaster(
    seen,
    everyThird(seen, () => true),
    outcomes,
  )
  return {
    forecaster: { ...forecaster, trees: forecaster.trees.map((trees, h) => (serves[h] ? trees : null)) },
    calibration,
    spread: HORIZONS.map((_, h) => accountSpread(seen.accounts, calibrated[h]!, outcomes[h]!)),
    thresholds,
    record: {
      observations: seen.count,
      base_rate: outcomes.map((came) => came.reduce((sum, one) => sum + one, 0) / seen.count),
      hazard_log_loss: held_out.hazard.map((chances, h) => logLoss(chances, outcomes[h]!)),
      trees_log_loss: held_out.trees.map((chances, h) => logLoss(chances, outcomes[h]!)),
      first_alerts: score,
    },
  }
}

/** The data hold too few accounts or onsets; the message says how many are needed and there. */
export class TooLittleToLearn extends Error {}

const FOLDS = 4
const ONSETS_LEAST = 20
const TREES: TreeSettings = { rounds: 60, leaves: 8, rate: 0.06, curvature_least: 20, ridge: 15 }

/** Accounts dealt out in the order of their names; an account is in one fold, with all its creatives. */
function foldsOf(seen: Observations, level: Level): Int32Array {
  const names = [...new Set(seen.accounts)].sort()
  const onsets = new Set(seen.ids.filter((_, row) => Number.isFinite(seen.onset_in[row]!)))
  if (names.length < FOLDS || onsets.size < ONSETS_LEAST) {
    const needed = `${FOLDS} accounts and ${ONSETS_LEAST} onsets of fatigue (${level})`
    throw new TooLittleToLearn(`training needs ${needed}; there are ${names.length} and ${onsets.size}`)
  }
  const fold = new Map(names.map((name, i) => [name, i % FOLDS]))
  return Int32Array.from(seen.accounts, (name) => fold.get(name)!)
}

/** Forecasts for every observation by models that were fitted without its account. */
function holdOut(seen: Observations, folds: Int32Array, outcomes: readonly Uint8Array[]) {
  const hazard = HORIZONS.map(() => new Float64Array(seen.count))
  const trees = HORIZONS.map(() => new Float64Array(seen.count))
  for (let fold = 0; fold < FOLDS; fold++) {
    const forecaster = fitForecaster(
      seen,
      everyThird(seen, (row) => folds[row] !== fold),
      outcomes,
    )
    const alone = { ...forecaster, trees: HORIZONS.map(() => null) }
    for (let row = 0; row < seen.count; row++) {
      if (folds[row] !== fold) continue
      const without = rawChances(alone, seen.features, seen.beliefs, row)
      const boosted = rawChances(forecaster, seen.features, seen.beliefs, row)
      HORIZONS.forEach((_, h) => {
        hazard[h]![row] = without[h]!
        trees[h]![row] = boosted[h]!
      })
    }
  }
  return { hazard, trees }
}

/** Each observation by a calibration that its account had no part in: intervals and thresholds are of accounts not seen. */
function crossCalibrated(chances: Float64Array, outcomes: Uint8Array, folds: Int32Array): Float64Array {
  const calibrated = new Float64Array(chances.length)
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = chances.map((_, row) => row).filter((row) => folds[row] !== fold)
    const isotonic = fitIsotonic(
      others.map((row) => chances[row]!),
      others.map((row) => outcomes[row]!),
    )
    for (const [row, chance] of chances.entries()) {
      if (folds[row] === fold) calibrated[row] = isotonicAt(isotonic, chance)
    }
  }
  return calibrated
}

/** Days next to each other say the same: one in three is enough to fit. */
function everyThird(seen: Observations, include: (row: number) => boolean): Int32Array {
  const rows: number[] = []
  for (let row = 0; row < seen.count; row++) if (seen.ages[row]! % 3 === 0 && include(row)) rows.push(row)
  return Int32Array.from(rows)
}

/** The hazard, and trees that begin where it ends. */
function fitForecaster(seen: Observations, rows: Int32Array, outcomes: readonly Uint8Array[]): Forecaster {
  const hazard = fitHazard(seen, rows)
  const offsets = HORIZONS.map(() => new Float64Array(seen.count))
  for (const row of rows) {
    const chances = rawChances({ hazard, trees: HORIZONS.map(() => null) }, seen.features, seen.beliefs, row)
    for (const [h, chance] of chances.entries()) offsets[h]![row] = logit(chance)
  }
  const trees = HORIZONS.map((_, h) => {
    return growTrees(seen.features, FEATURES.length, rows, offsets[h]!, outcomes[h]!, TREES)
  })
  return { hazard, trees }
}
