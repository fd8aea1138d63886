import { AGE_SIZES, EXPOSURE_SIZES, SLUMP_SIZES } from './shapes.ts'

/**
 * How creatives wear out before anything is known of one: a weight for each size of each shape, and one for those that
 * never wear out. Where a slump lies is equally likely over all ages.
 */
export type Prior = { readonly weights: Float64Array; readonly slump_per_slot: number }

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
  return { weights, slump_per_slot: SLUMP_PER_SLOT }
}

/** A slump comes within the first 120 days, each two of them alike. */
const SLUMP_PER_SLOT = 1 / 60

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
export function priorFrom(counts: Float64Array, slump_per_slot: number): Prior {
  const weights = new Float64Array(CLASSES)
  smooth(counts, weights, OF_EXPOSURE, OF_AGE)
  smooth(counts, weights, OF_AGE, OF_SLUMP)
  weights.set(counts.subarray(OF_SLUMP), OF_SLUMP)
  let total = 0
  for (const weight of weights) total += weight
  return { weights: weights.map((weight) => weight / total), slump_per_slot }
}

function smooth(from: Float64Array, to: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const left = from[Math.max(start, i - 1)]!
    const right = from[Math.min(end - 1, i + 1)]!
    to[i] = 0.25 * left + 0.5 * from[i]! + 0.25 * right
  }
}
