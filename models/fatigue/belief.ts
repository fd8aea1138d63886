import { evidence } from './channel.ts'
import type { Creative } from './creative.ts'
import { CONFIRM_DAYS, FATIGUED } from './day.ts'
import { logExposure, projectedLogExposure } from './exposure.ts'
import type { Loadings } from './loadings.ts'
import { CLASSES, OF_AGE, OF_EXPOSURE, OF_NONE, OF_SLUMP } from './prior.ts'
import {
  AGE,
  AGE_SIZES,
  EXPOSURE,
  EXPOSURE_SIZES,
  FIRST_SLUMP,
  SLUMP_AGES,
  SLUMP_SIZES,
  SLUMP_STEP_DAYS,
  slump,
  slumpReaches,
  slumpsSeen,
} from './shapes.ts'

/** Days ahead at which the chance of onset is worked out. */
export const NODES: readonly number[] = [3, 7, 10, 14, 17, 21]

/** What is believed of a creative after its last day. */
export type Belief = {
  /** Chance that onset comes within each of `NODES` days, given that it has not come yet. */
  readonly cumulative: Float64Array
  /** Chance that it has come already. */
  readonly past: number
  /** Log cost per result against its best seven days: mean, deviation, growth a day over the next week. */
  readonly wear: number
  readonly wear_deviation: number
  readonly wear_per_day: number
  /** Chance of wearing by exposure, by age, by a slump that has begun, and of none of these so far. */
  readonly by_exposure: number
  readonly by_age: number
  readonly by_slump: number
}

/**
 * Bayes' rule over every shape and size of wear. Each explanation says when cost per result will have been at twice its
 * best for three days; the chances of those that put this within h days are added up. Impressions are taken to go on as
 * in the last week.
 *
 * Writes what the creative is believed to be into `creative.classes`.
 *
 * @param weights prior weights of the classes
 */
export function believe(creative: Creative, weights: Float64Array, slump_per_slot: number, loadings: Loadings): Belief {
  const { age } = creative
  const seen = slumpsSeen(age)
  const items = 2 + seen
  let greatest = Number.NEGATIVE_INFINITY
  let count = 0
  const say = (log_weight: number) => {
    LOG_WEIGHTS[count++] = log_weight
    if (log_weight > greatest) greatest = log_weight
  }
  for (let item = 0; item < items; item++) {
    const clicks = evidence(creative.clicks, loadings.clicks, item)
    const hooks = evidence(creative.hooks, loadings.hooks, item)
    const costs = evidence(creative.costs, -loadings.costs, item)
    const linear = clicks.linear + hooks.linear + costs.linear
    const square = clicks.square + hooks.square + costs.square
    const sizes = sizesOf(item)
    const first = item === EXPOSURE ? OF_EXPOSURE : item === AGE ? OF_AGE : OF_SLUMP
    const share = item < FIRST_SLUMP ? 0 : Math.log(slump_per_slot)
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i]!
      say(Math.log(weights[first + i]!) + share + linear * size - 0.5 * square * size * size)
    }
  }
  let of_slumps = 0
  for (let i = OF_SLUMP; i < OF_NONE; i++) of_slumps += weights[i]!
  const slumps_left = Math.max(1e-9, 1 - seen * slump_per_slot)
  say(Math.log(weights[OF_NONE]!))
  say(Math.log(of_slumps * slumps_left))

  return gather(creative, { greatest, items, of_slumps, slumps_left, slump_per_slot, weights })
}

type Weighed = {
  readonly greatest: number
  readonly items: number
  readonly of_slumps: number
  readonly slumps_left: number
  readonly slump_per_slot: number
  readonly weights: Float64Array
}

function gather(creative: Creative, weighed: Weighed): Belief {
  const { age, best_log_exposure, classes, recent_log_exposures } = creative
  const { greatest, items, of_slumps, slumps_left, slump_per_slot, weights } = weighed
  const cumulative = new Float64Array(NODES.length)
  classes.fill(0)
  logGains(creative)
  const log_exposure = recent_log_exposures.at(-1)!
  const in_a_week = projectedLogExposure(creative.exposure, meanOf(creative.recent_impressions), 7)
  let total = 0
  let past = 0
  let wear = 0
  let wear_square = 0
  let wear_per_day = 0
  const by = [0, 0, 0]
  let at = 0
  for (let item = 0; item < items; item++) {
    const sizes = sizesOf(item)
    const kind = Math.min(item, FIRST_SLUMP)
    const first = kind === EXPOSURE ? OF_EXPOSURE : kind === AGE ? OF_AGE : OF_SLUMP
    const middle = SLUMP_AGES[item - FIRST_SLUMP] ?? 0
    // A unit of size: how far it has gone, and how far it goes in a week.
    const gone =
      kind === EXPOSURE
        ? log_exposure - best_log_exposure
        : kind === AGE
          ? age - BEST_MIDDLE
          : slump(age, middle) - slump(BEST_MIDDLE, middle)
    const next =
      kind === EXPOSURE ? in_a_week - log_exposure : kind === AGE ? 7 : slump(age + 7, middle) - slump(age, middle)
    for (let i = 0; i < sizes.length; i++) {
      const weight = Math.exp(LOG_WEIGHTS[at++]! - greatest)
      if (weight < 1e-9) continue
      const size = sizes[i]!
      total += weight
      by[kind]! += weight
      classes[first + i]! += weight
      wear += weight * size * gone
      wear_square += weight * (size * gone) ** 2
      wear_per_day += (weight * size * next) / 7
      const reached =
        kind === EXPOSURE
          ? chances(LOG_GAINS, Math.log(size), SOFT_EXPOSURE)
          : kind === AGE
            ? chances(LOG_AGES, Math.log(size), SOFT_AGE)
            : slumpChances(age, slumpReaches(FATIGUED, size, middle) + CONFIRM_DAYS)
      past += weight * reached[0]!
      for (let node = 0; node < NODES.length; node++) {
        cumulative[node]! += weight * Math.max(0, reached[node + 1]! - reached[0]!)
      }
    }
  }
  const none = Math.exp(LOG_WEIGHTS[at++]! - greatest)
  const later = Math.exp(LOG_WEIGHTS[at]! - greatest)
  total += none + later
  classes[OF_NONE] = none
  for (let i = OF_SLUMP; i < OF_NONE; i++) classes[i]! += (later * weights[i]!) / of_slumps
  // A slump that cannot be seen yet is reached about ten days after it begins to show.
  for (let node = 0; node < NODES.length; node++) {
    const days = Math.max(0, NODES[node]! - UNSEEN_DAYS)
    cumulative[node]! +=
      later * Math.min(1, (days / SLUMP_STEP_DAYS) * (slump_per_slot / slumps_left) * SLUMPS_THAT_FATIGUE)
  }
  for (let i = 0; i < CLASSES; i++) classes[i]! /= total
  const mean = wear / total
  return {
    cumulative: cumulative.map((chance) => chance / Math.max(1e-9, total - past)),
    past: past / total,
    wear: mean,
    wear_deviation: Math.sqrt(Math.max(0, wear_square / total - mean * mean)),
    wear_per_day: wear_per_day / total,
    by_exposure: by[0]! / total,
    by_age: by[1]! / total,
    by_slump: by[2]! / total,
  }
}

/** Middle of the days that are the best ones. */
const BEST_MIDDLE = 3
const UNSEEN_DAYS = 12
const SLUMPS_THAT_FATIGUE = 0.9
/** Sizes stand for the cell about them, and no creative is exactly its curve: log deviations of when. */
const SOFT_EXPOSURE = 0.05
const SOFT_AGE = 0.04
const SOFT_SLUMP_DAYS = 0.8

/** Written anew by every call. */
const LOG_WEIGHTS = new Float64Array(
  EXPOSURE_SIZES.length + AGE_SIZES.length + SLUMP_AGES.length * SLUMP_SIZES.length + 2,
)
const LOG_GAINS = new Float64Array(NODES.length + 1)
const LOG_AGES = new Float64Array(NODES.length + 1)
const REACHED = new Float64Array(NODES.length + 1)

function sizesOf(item: number): readonly number[] {
  return item === EXPOSURE ? EXPOSURE_SIZES : item === AGE ? AGE_SIZES : SLUMP_SIZES
}

/** For today and each node: log of (how far a unit of size will have gone two days before) over the level of fatigue. */
function logGains(creative: Creative): void {
  const { age, best_log_exposure, exposure, recent_impressions, recent_log_exposures } = creative
  const a_day = meanOf(recent_impressions)
  for (let node = 0; node <= NODES.length; node++) {
    const ahead = (node === 0 ? 0 : NODES[node - 1]!) - CONFIRM_DAYS
    const log_exposure =
      ahead > 0
        ? projectedLogExposure(exposure, a_day, ahead)
        : ahead === 0
          ? logExposure(exposure)
          : recent_log_exposures[0]!
    LOG_GAINS[node] = logOf((log_exposure - best_log_exposure) / FATIGUED)
    LOG_AGES[node] = logOf((age + ahead - BEST_MIDDLE) / FATIGUED)
  }
}

function logOf(ratio: number): number {
  return ratio > 0 ? Math.log(ratio) : Number.NEGATIVE_INFINITY
}

function meanOf(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? 0 : sum / values.length
}

function chances(log_gains: Float64Array, log_size: number, soft: number): Float64Array {
  for (let node = 0; node <= NODES.length; node++) REACHED[node] = logistic((log_gains[node]! + log_size) / soft)
  return REACHED
}

function slumpChances(age: number, onset: number): Float64Array {
  for (let node = 0; node <= NODES.length; node++) {
    const ahead = node === 0 ? 0 : NODES[node - 1]!
    REACHED[node] = onset === Number.POSITIVE_INFINITY ? 0 : logistic((age + ahead + 0.5 - onset) / SOFT_SLUMP_DAYS)
  }
  return REACHED
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
