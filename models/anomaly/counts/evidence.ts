import erfcInv from '@stdlib/math-base-special-erfcinv'
import { type CountLaw, logProbability, smallerTail, varianceOf } from './count-law.ts'
import type { Expected } from './expectation.ts'
import { isOrdinary } from './ordinary.ts'

/**
 * Buckets of the sums that are tested besides each bucket: with buckets of five minutes a quarter of an hour and an
 * hour. A loss of a third that no bucket shows is plain in the sum of twelve.
 */
export const SCALES = [3, 12] as const
/** Tests of a series: the bucket, the sums, the day, the slow drift. */
export const TESTS = 1 + SCALES.length + 2
export const DAY_TEST = 1 + SCALES.length
const DRIFT = TESTS - 1

/** Singles of the slow drift of a series: what has added up, up and down. */
export const DRIFT_SINGLES = 2
const RISEN = 0
const FALLEN = 1
/** Singles of a series: those, and observed, expected, variance and buckets of each open sum. */
export const EVIDENCE_SINGLES = DRIFT_SINGLES + 4 * SCALES.length

/** Singles of the day of a series: observed, expected, and the variance that its buckets have of their own. */
export const DAY_SINGLES = 3

/** Half of the shift, in standard deviations, that the cumulative sums are made for. */
const DRIFT_ALLOWANCE = 0.25
/** Siegmund's correction for the overshoot of a sum of normal steps. */
const OVERSHOOT = 0.583
/** One bucket is at most so many standard deviations of a drift. */
const SCORE_MAX = 4

/**
 * Tests a bucket alone, the sums that it completes, and what has added up (CUSUM, Page 1954; its tail after Siegmund
 * 1985, Sequential Analysis). All of them two-sided and randomised by the same `u`, so that a replay agrees.
 *
 * @param p_values TESTS of them are written: a p-value, or NaN for a sum that is not complete
 */
export function testBucket(
  count: number,
  law: Expected,
  u: number,
  memory: Float32Array,
  at: number,
  p_values: Float64Array,
): void {
  testAlone(count, law, u, memory, at, p_values)
  for (let i = 0; i < SCALES.length; i++) {
    p_values[1 + i] = addToSum(count, law, SCALES[i]!, u, memory, at + DRIFT_SINGLES + 4 * i)
  }
}

/**
 * Adds a bucket to its day: what has an order an hour shows no loss of a half in less.
 *
 * @param at DAY_SINGLES of the series
 */
export function addToDay(count: number, law: Expected, memory: Float32Array, at: number): void {
  memory[at]! += count
  memory[at + 1]! += law.mean
  memory[at + 2]! += Math.max(0, law.dispersion - law.shared) * law.mean ** 2
}

/** Two-sided p-value of a day that is over, by the law of its last bucket; NaN of an empty one. A new one begins. */
export function testDay({ shared }: Expected, u: number, memory: Float32Array, at: number): number {
  const [observed, mean, wide] = [memory[at]!, memory[at + 1]!, memory[at + 2]!]
  forgetDay(memory, at)
  return mean > 0 ? sumP(observed, { mean, dispersion: wide / mean ** 2 + shared, zeros: 0 }, u) : Number.NaN
}

export function forgetDay(memory: Float32Array, at: number): void {
  memory.fill(0, at, at + DAY_SINGLES)
}

/** Tests a bucket alone and the drift, not the sums. @param at DRIFT_SINGLES of the series */
export function testAlone(
  count: number,
  law: Expected,
  u: number,
  memory: Float32Array,
  at: number,
  p_values: Float64Array,
): void {
  const tail = smallerTail(count, law, u)
  p_values[DAY_TEST] = Number.NaN
  p_values[0] = Math.min(1, 2 * Math.abs(tail))
  p_values[DRIFT] = addToDrift(normalScore(tail), allowanceOf(law), memory, at)
}

/** Two-sided p-value of a sum; 1 stands for all of at least ORDINARY_P. */
export function sumP(count: number, law: CountLaw, u: number): number {
  return isOrdinary(count, law) ? 1 : Math.min(1, 2 * Math.abs(smallerTail(count, law, u)))
}

/** Forgets what has added up: when an incident is over, it must not be told again by a sum that began within it. */
export function forgetEvidence(memory: Float32Array, at: number): void {
  memory.fill(0, at, at + EVIDENCE_SINGLES)
}

/** {@link forgetEvidence} of the drift alone. */
export function forgetDrift(memory: Float32Array, at: number): void {
  memory.fill(0, at, at + DRIFT_SINGLES)
}

function addToSum(count: number, law: Expected, buckets: number, u: number, memory: Float32Array, at: number): number {
  if (isCounted(count, law)) {
    memory[at]! += count
    memory[at + 1]! += law.mean
    memory[at + 2]! += law.mean + law.dispersion * law.mean ** 2
  }
  memory[at + 3]!++
  if (memory[at + 3]! < buckets || memory[at + 1] === 0) return Number.NaN
  const sum = sumLaw(memory[at + 1]!, memory[at + 2]!, law.shared, buckets)
  const p = sumP(memory[at]!, sum, u)
  memory.fill(0, at, at + 4)
  return p
}

/** A zero that the feed rather than the counting explains is no part of a sum: sums of both have two humps. */
function isCounted(count: number, { mean, dispersion, zeros }: CountLaw): boolean {
  return count > 0 || zeros === 0 || (1 - zeros) * Math.exp(logProbability(0, mean, dispersion)) > zeros
}

/** Buckets are independent but for what they share: the level they were all expected by. */
function sumLaw(mean: number, variance: number, shared: number, buckets: number): CountLaw {
  const own = Math.max(0, (variance - mean) / mean ** 2)
  return { mean, dispersion: own + shared * (1 - 1 / buckets), zeros: 0 }
}

/**
 * What is taken off each score. Besides what the sums are made for, as much as the level may be off: a level or a
 * holiday that is known to 10 % is off in the same direction for hours, and that is no drift.
 */
function allowanceOf(law: Expected): number {
  return DRIFT_ALLOWANCE + law.mean * Math.sqrt(law.shared / varianceOf(law))
}

function addToDrift(score: number, allowance: number, memory: Float32Array, at: number): number {
  memory[at + RISEN] = Math.max(0, memory[at + RISEN]! + score - allowance)
  memory[at + FALLEN] = Math.max(0, memory[at + FALLEN]! - score - allowance)
  const drift = Math.max(memory[at + RISEN]!, memory[at + FALLEN]!)
  if (drift === 0) return 1
  return Math.min(1, 2 * Math.exp(-2 * DRIFT_ALLOWANCE * (drift + OVERSHOOT)))
}

/** The normal deviate with this tail, of which the smaller is given, so that no digit is lost; below 0 when it is the lower. */
function normalScore(tail: number): number {
  const size = Math.min(SCORE_MAX, Math.SQRT2 * erfcInv(Math.min(1, 2 * Math.max(Math.abs(tail), 1e-12))))
  return tail < 0 ? -size : size
}
