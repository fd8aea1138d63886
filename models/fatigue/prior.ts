import { AGE_SIZES, EXPOSURE_SIZES, SLUMP_AGES, SLUMP_SIZES } from './shapes.ts'

/**
 * How creatives wear out before anything is known of one: a weight for each size of each shape, and one for those that
 * never wear out. When a slump comes is `slumpShare`.
 */
export type Prior = { readonly weights: Float64Array }

/** Places of the shapes' sizes in the weights. */
export const OF_EXPOSURE = 0
export const OF_AGE = EXPOSURE_SIZES.length
export const OF_SLUMP = OF_AGE + AGE_SIZES.length
export const OF_NONE = OF_SLUMP + SLUMP_SIZES.length
export const CLASSES = OF_NONE + 1

/** Where learning begins: half wear out by exposure, the rest is shared evenly. */
export function flatPrior(): Prior {
  const weights = new Float64Array(CLASSES)
  weights.fill(0.6 / EXPOSURE_SIZES.length, OF_EXPOSURE, OF_AGE)
  weights.fill(0.15 / AGE_SIZES.length, OF_AGE, OF_SLUMP)
  weights.fill(0.1 / SLUMP_SIZES.length, OF_SLUMP, OF_NONE)
  weights[OF_NONE] = 0.15
  return { weights }
}

/**
 * Share of the slumps that lie around a place of `SLUMP_AGES`. Those of the training accounts come within 120 days, each
 * two of them alike. No training account runs long enough to say how many come later: a fifth as many a day, so that a
 * creative that has lasted is believed to go on lasting until its rates say otherwise.
 */
export function slumpShare(slot: number): number {
  return slot < EARLY_SLOTS ? EARLY_SHARE : EARLY_SHARE / 5
}

/** Share of the slumps that lie behind the first so many places. */
export function slumpsAfter(slots: number): number {
  const early = Math.max(0, EARLY_SLOTS - slots) * EARLY_SHARE
  const late = (SLUMP_AGES.length - Math.max(EARLY_SLOTS, slots)) * (EARLY_SHARE / 5)
  return Math.max(1e-9, early + late)
}

const EARLY_SLOTS = 60
const EARLY_SHARE = 1 / EARLY_SLOTS

/**
 * What an account's own creatives add to the prior of all: Dirichlet shrinkage, the prior counting as `PRIOR_CREATIVES`
 * creatives. Accounts differ in how fast theirs wear out, less than creatives within one do.
 *
 * @param seen sums over the account's other creatives of what each is believed to be
 */
export function accountPrior(all: Prior, seen: Float64Array, out: Float64Array): Float64Array {
  let creatives = 0
  for (let i = 0; i < CLASSES; i++) creatives += seen[i]!
  const total = PRIOR_CREATIVES + Math.max(0, creatives)
  for (let i = 0; i < CLASSES; i++) out[i] = (PRIOR_CREATIVES * all.weights[i]! + Math.max(0, seen[i]!)) / total
  return out
}

const PRIOR_CREATIVES = 120

/** Smoothed over neighbouring sizes and made to sum to 1. */
export function priorFrom(counts: Float64Array): Prior {
  const weights = new Float64Array(CLASSES)
  smooth(counts, weights, OF_EXPOSURE, OF_AGE)
  smooth(counts, weights, OF_AGE, OF_SLUMP)
  weights.set(counts.subarray(OF_SLUMP), OF_SLUMP)
  let total = 0
  for (const weight of weights) total += weight
  return { weights: weights.map((weight) => weight / total) }
}

function smooth(from: Float64Array, to: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const left = from[Math.max(start, i - 1)]!
    const right = from[Math.min(end - 1, i + 1)]!
    to[i] = 0.25 * left + 0.5 * from[i]! + 0.25 * right
  }
}
