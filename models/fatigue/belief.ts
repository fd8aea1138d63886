import { evidence } from './channel.ts'
import type { Creative } from './creative.ts'
import { LEVELS, type Level, LOG_OF } from './day.ts'
import { projectedLogExposure } from './exposure.ts'
import type { Loadings } from './loadings.ts'
import { CLASSES, OF_AGE, OF_EXPOSURE, OF_NONE, OF_SLUMP, slumpShare, slumpsAfter } from './prior.ts'
import { BEST_MIDDLE, chancesOf, gainsOf, meanOf, NODES, openGains, slumpChances } from './reach.ts'
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
  slumpsSeen,
} from './shapes.ts'

/** What is believed of a creative after its last day. */
export type Belief = {
  readonly onset: Readonly<Record<Level, Onset>>
  /** Log cost per result against its best seven days: mean, deviation, growth a day over the next week. */
  readonly wear: number
  readonly wear_deviation: number
  readonly wear_per_day: number
  /** Chance of wearing by exposure, by age, by a slump that has begun, and of none of these so far. */
  readonly by_exposure: number
  readonly by_age: number
  readonly by_slump: number
  /** What prices say about how fast it wears, over what click and hook rates say: a ratio of precisions. */
  readonly price_information: number
}

/** When a creative comes to a level. */
export type Onset = {
  /** Chance that it does within each of `NODES` days, given that it has not yet. */
  readonly cumulative: Float64Array
  /** Chance that it has already. */
  readonly past: number
}

/**
 * Bayes' rule over every shape and size of wear. Each explanation says when cost per result will have been at a level
 * for three days; the chances of those that put this within h days are added up. Impressions are taken to go on as in
 * the last week.
 *
 * Writes what the creative is believed to be into `creative.classes`.
 *
 * @param weights prior weights of the classes
 */
export function believe(creative: Creative, weights: Float64Array, loadings: Loadings): Belief {
  const { age } = creative
  const seen = slumpsSeen(age)
  const items = FIRST_SLUMP + seen
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
    const share = item < FIRST_SLUMP ? 0 : Math.log(slumpShare(item - FIRST_SLUMP))
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i]!
      say(Math.log(weights[first + i]!) + share + linear * size - 0.5 * square * size * size)
    }
  }
  let of_slumps = 0
  for (let i = OF_SLUMP; i < OF_NONE; i++) of_slumps += weights[i]!
  say(Math.log(weights[OF_NONE]!))
  say(Math.log(of_slumps * slumpsAfter(seen)))
  return {
    ...gather(creative, { greatest, items, of_slumps, seen, weights }),
    price_information: priceInformation(creative, loadings),
  }
}

/** About wear by age, the shape that every day tells something of. */
function priceInformation(creative: Creative, loadings: Loadings): number {
  const rates =
    evidence(creative.clicks, loadings.clicks, AGE).square + evidence(creative.hooks, loadings.hooks, AGE).square
  const prices = evidence(creative.costs, loadings.costs, AGE).square
  return prices <= 0 ? 0 : prices / Math.max(rates, 1e-9)
}

type Weighed = {
  readonly greatest: number
  readonly items: number
  readonly of_slumps: number
  readonly seen: number
  readonly weights: Float64Array
}

function gather(
  creative: Creative,
  { greatest, items, of_slumps, seen, weights }: Weighed,
): Omit<Belief, 'price_information'> {
  const { age, best_log_exposure, classes, recent_log_exposures } = creative
  const cumulative = LEVELS.map(() => new Float64Array(NODES.length))
  const past = LEVELS.map(() => 0)
  classes.fill(0)
  const gains = gainsOf(creative, GAINS)
  const log_exposure = recent_log_exposures.at(-1)!
  const in_a_week = projectedLogExposure(creative.exposure, meanOf(creative.recent_impressions), 7)
  let total = 0
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
      for (let l = 0; l < LEVELS.length; l++) {
        const level = LOG_OF[LEVELS[l]!]
        const reached =
          kind === EXPOSURE
            ? chancesOf(gains.exposure, Math.log(level / size), SOFT_EXPOSURE, REACHED)
            : kind === AGE
              ? chancesOf(gains.age, Math.log(level / size), SOFT_AGE, REACHED)
              : slumpChances(age, level, size, middle, REACHED)
        past[l]! += weight * reached[0]!
        const of_level = cumulative[l]!
        for (let node = 0; node < NODES.length; node++) {
          of_level[node]! += weight * Math.max(0, reached[node + 1]! - reached[0]!)
        }
      }
    }
  }
  const none = Math.exp(LOG_WEIGHTS[at++]! - greatest)
  const later = Math.exp(LOG_WEIGHTS[at]! - greatest)
  total += none + later
  classes[OF_NONE] = none
  for (let i = OF_SLUMP; i < OF_NONE; i++) classes[i]! += (later * weights[i]!) / of_slumps
  // A slump that cannot be seen yet is reached about ten days after it begins to show.
  const a_slot = slumpShare(seen) / slumpsAfter(seen)
  for (let node = 0; node < NODES.length; node++) {
    const slots = Math.max(0, NODES[node]! - UNSEEN_DAYS) / SLUMP_STEP_DAYS
    for (const of_level of cumulative) of_level[node]! += later * Math.min(1, slots * a_slot * SLUMPS_THAT_FATIGUE)
  }
  for (let i = 0; i < CLASSES; i++) classes[i]! /= total
  const mean = wear / total
  const onset = (level: Level): Onset => {
    const l = LEVELS.indexOf(level)
    const ahead = Math.max(1e-9, total - past[l]!)
    return { cumulative: cumulative[l]!.map((chance) => Math.min(1, chance / ahead)), past: past[l]! / total }
  }
  return {
    onset: { limited: onset('limited'), fatigued: onset('fatigued') },
    wear: mean,
    wear_deviation: Math.sqrt(Math.max(0, wear_square / total - mean * mean)),
    wear_per_day: wear_per_day / total,
    by_exposure: by[0]! / total,
    by_age: by[1]! / total,
    by_slump: by[2]! / total,
  }
}

const UNSEEN_DAYS = 12
const SLUMPS_THAT_FATIGUE = 0.9
/** Sizes stand for the cell about them, and no creative is exactly its curve: log deviations of when. */
const SOFT_EXPOSURE = 0.05
const SOFT_AGE = 0.04

/** Written anew by every call. */
const LOG_WEIGHTS = new Float64Array(
  EXPOSURE_SIZES.length + AGE_SIZES.length + SLUMP_AGES.length * SLUMP_SIZES.length + 2,
)
const GAINS = openGains()
const REACHED = new Float64Array(NODES.length + 1)

function sizesOf(item: number): readonly number[] {
  return item === EXPOSURE ? EXPOSURE_SIZES : item === AGE ? AGE_SIZES : SLUMP_SIZES
}
