import lnBeta from '@stdlib/math-base-special-betaln'
import type { Tails } from './count-law.ts'

/** How a share (clicks of impressions, conversions of clicks) is distributed about its expected rate. */
export type ShareLaw = {
  /** 0 to 1, both excluded. */
  readonly rate: number
  /** 1 / (precision + 1) is the correlation of the trials of a bucket; Infinity is binomial. */
  readonly precision: number
}

/** A term smaller than the first by this no longer changes a sum of doubles. */
const NEGLIGIBLE = 1e-17

/**
 * Exact tails of a beta-binomial: P(fewer), P(exactly), P(more) successes of `trials`. The smaller side is summed from
 * the observed count outwards, where terms fall; the other is what is left.
 *
 * Skellam (1948), A probability distribution derived from the binomial, JRSS B 10(2).
 */
export function shareTails(successes: number, trials: number, { rate, precision }: ShareLaw): Tails {
  if (trials === 0) return { below: 0, at: 1, above: 0 }
  // Beyond this a beta-binomial is a binomial to eight digits, and gammas of it have lost as many.
  const sum = Math.min(precision, 1e9)
  const a = rate * sum
  const b = (1 - rate) * sum
  const at = Math.exp(logChoose(trials, successes) + lnBeta(successes + a, trials - successes + b) - lnBeta(a, b))
  const low = successes < trials * rate
  const side = low ? sumDown(successes, trials, a, b, at) : sumUp(successes, trials, a, b, at)
  const rest = Math.max(0, 1 - side - at)
  return low ? { below: side, at, above: rest } : { below: rest, at, above: side }
}

function sumDown(successes: number, trials: number, a: number, b: number, at: number): number {
  let sum = 0
  let term = at
  for (let k = successes; k > 0; k--) {
    term *= (k / (trials - k + 1)) * ((trials - k + b) / (k - 1 + a))
    sum += term
    if (term < sum * NEGLIGIBLE) break
  }
  return sum
}

function sumUp(successes: number, trials: number, a: number, b: number, at: number): number {
  let sum = 0
  let term = at
  for (let k = successes; k < trials; k++) {
    term *= ((trials - k) / (k + 1)) * ((k + a) / (trials - k - 1 + b))
    sum += term
    if (term < sum * NEGLIGIBLE) break
  }
  return sum
}

function logChoose(n: number, k: number): number {
  return -Math.log(n + 1) - lnBeta(n - k + 1, k + 1)
}
