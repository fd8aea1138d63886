import type { ShareLaw } from './share-law.ts'

/** Singles of a share: successes, trials, the correlation that was found and its weight, and buckets. */
export const SHARE_SINGLES = 5
const SUCCESSES = 0
const TRIALS = 1
const CORRELATION = 2
const CORRELATION_WEIGHT = 3
const BUCKETS = 4

/** The rate forgets as fast as a mean of two weeks of hours, the correlation as one of six. */
const RATE_KEEPS = 1 - 1 / 336
const CORRELATION_KEEPS = 1 - 1 / 1_008
/** The parent's rate has the weight of so many trials, its correlation that of so many buckets. */
const RATE_PRIOR = 100
const CORRELATION_PRIOR = 20
/** A residual beyond five standard deviations teaches as much as one of five. */
const SQUARE_MAX = 25
const BUCKETS_MIN = 24
const CORRELATION_MIN = 1e-9
const CORRELATION_MAX = 0.9

/** What a share has from its parent until it knows better. */
export type ShareParent = {
  readonly rate: number
  /** Of the trials of one bucket: 1 / (precision + 1). */
  readonly correlation: number
}

/**
 * The law of the next bucket's successes: a beta-binomial with the rate of the past, drawn towards its parent's, whose
 * correlation holds what is unsure of the rate, too. Null before a day of hours has been seen.
 *
 * @param factor what the time of day or a holiday does to the rate, from the parent
 */
export function expectShare(memory: Float32Array, at: number, factor: number, parent: ShareParent): ShareLaw | null {
  if (memory[at + BUCKETS]! < BUCKETS_MIN) return null
  const rate = Math.min(1 - 1e-9, rateOf(memory, at, parent) * factor)
  const unsure = 1 / (RATE_PRIOR + memory[at + TRIALS]! + 1)
  const correlation = Math.min(CORRELATION_MAX, correlationOf(memory, at, parent) + unsure)
  return { rate, precision: 1 / correlation - 1 }
}

/** Learns a bucket, weighed by how much its correlated trials tell: 1 / (1 + (trials - 1) × correlation) each. */
export function learnShare(
  successes: number,
  trials: number,
  memory: Float32Array,
  at: number,
  factor: number,
  parent: ShareParent,
): void {
  memory[at + BUCKETS]!++
  if (trials === 0) return
  const own = correlationOf(memory, at, parent)
  const rate = Math.min(1 - 1e-9, rateOf(memory, at, parent) * factor)
  if (trials > 1 && memory[at + BUCKETS]! > BUCKETS_MIN) {
    learnCorrelation(successes, trials, rate, own, memory, at, parent)
  }
  const tells = 1 / (1 + (trials - 1) * own)
  memory[at + SUCCESSES] = memory[at + SUCCESSES]! * RATE_KEEPS + tells * successes
  memory[at + TRIALS] = memory[at + TRIALS]! * RATE_KEEPS + tells * trials * factor
}

/** Method of moments: Var(k) = n r (1 - r) (1 + (n - 1) correlation). */
function learnCorrelation(
  successes: number,
  trials: number,
  rate: number,
  own: number,
  memory: Float32Array,
  at: number,
  parent: ShareParent,
): void {
  const binomial = trials * rate * (1 - rate)
  const inflation = 1 + (trials - 1) * own
  const square = Math.min((successes - trials * rate) ** 2, SQUARE_MAX * binomial * inflation)
  // A bucket tells of the correlation as far as that is what its variance comes from, by the parent's guess of it.
  const weight = shareOfCorrelation(trials, parent.correlation) ** 2
  const unsure = 1 / (RATE_PRIOR + memory[at + TRIALS]! + 1)
  const found = (square / binomial - 1) / (trials - 1) - unsure
  memory[at + CORRELATION] = memory[at + CORRELATION]! * CORRELATION_KEEPS + weight * found
  memory[at + CORRELATION_WEIGHT] = memory[at + CORRELATION_WEIGHT]! * CORRELATION_KEEPS + weight
}

function shareOfCorrelation(trials: number, correlation: number): number {
  const excess = (trials - 1) * correlation
  return excess / (1 + excess)
}

function rateOf(memory: Float32Array, at: number, parent: ShareParent): number {
  return (RATE_PRIOR * parent.rate + memory[at + SUCCESSES]!) / (RATE_PRIOR + memory[at + TRIALS]!)
}

function correlationOf(memory: Float32Array, at: number, parent: ShareParent): number {
  const sum = CORRELATION_PRIOR * parent.correlation + memory[at + CORRELATION]!
  const mean = sum / (CORRELATION_PRIOR + memory[at + CORRELATION_WEIGHT]!)
  return Math.min(CORRELATION_MAX, Math.max(CORRELATION_MIN, mean))
}
