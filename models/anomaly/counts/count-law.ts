import betaInc from '@stdlib/math-base-special-betainc'
import gammaInc from '@stdlib/math-base-special-gammainc'
import lnGamma from '@stdlib/math-base-special-gammaln'

/** How a count of ad events is distributed. */
export type CountLaw = {
  /** Of the part that counts, > 0. */
  readonly mean: number
  /** Variance = mean + dispersion × mean². 0 is Poisson. */
  readonly dispersion: number
  /** Probability of a zero that is no count: a feed that delivers nothing now and then. */
  readonly zeros: number
}

/** Probabilities of less than, exactly, and more than an observed count. */
export type Tails = { readonly below: number; readonly at: number; readonly above: number }

/** Less than this is taken for Poisson: its variance differs by less than a part in a million. */
const DISPERSION_MIN = 1e-9

/**
 * Exact tails of a negative binomial with additional zeros, by the regularised incomplete beta and gamma functions:
 * P(Y ≤ y) = I_{r/(r+m)}(r, y + 1) with r = 1 / dispersion. Both sides are computed as such, so that neither is lost
 * by being taken from 1.
 *
 * @param count a whole number, ≥ 0
 */
export function tailsOf(count: number, { mean, dispersion, zeros }: CountLaw): Tails {
  const at = Math.exp(logProbability(count, mean, dispersion))
  const counted = 1 - zeros
  return count === 0
    ? { below: 0, at: zeros + counted * at, above: counted * aboveOf(count, mean, dispersion) }
    : {
        below: zeros + counted * belowOf(count, mean, dispersion),
        at: counted * at,
        above: counted * aboveOf(count, mean, dispersion),
      }
}

/**
 * The smaller of the two randomised tails, P(Y < count) + u P(Y = count) or P(Y > count) + (1 - u) P(Y = count): the
 * same to the last bit as of {@link tailsOf}, mostly for half the work. Below 0 when it is the lower one, also where that
 * is too small for a double.
 */
export function smallerTail(count: number, { mean, dispersion, zeros }: CountLaw, u: number): number {
  const plain = Math.exp(logProbability(count, mean, dispersion))
  const counted = 1 - zeros
  const at = count === 0 ? zeros + counted * plain : counted * plain
  const low = () => (count === 0 ? 0 : zeros + counted * belowOf(count, mean, dispersion)) + u * at
  const high = () => counted * aboveOf(count, mean, dispersion) + (1 - u) * at
  // One of them is less than a half, and which one is nearly always plain.
  const first = count < mean ? low() : high()
  if (first < PLAINLY_LESS) return count < mean ? -Math.max(first, Number.MIN_VALUE) : first
  const second = count < mean ? high() : low()
  const [lower, upper] = count < mean ? [first, second] : [second, first]
  return lower < upper ? -Math.max(lower, Number.MIN_VALUE) : upper
}

/** Less than a half by more than the tails may be off. */
const PLAINLY_LESS = 0.499_999

function belowOf(count: number, mean: number, dispersion: number): number {
  if (count === 0) return 0
  if (mean * dispersion < DISPERSION_MIN) return gammaInc(mean, count, true, true)
  const r = 1 / dispersion
  return betaInc(r / (r + mean), r, count, true, false)
}

function aboveOf(count: number, mean: number, dispersion: number): number {
  if (mean * dispersion < DISPERSION_MIN) return gammaInc(mean, count + 1, true, false)
  const r = 1 / dispersion
  // x and 1 - x are passed as they are; only the first can be tiny without losing digits.
  return betaInc(r / (r + mean), r, count + 1, true, true)
}

/**
 * Two-sided p-value, randomised: uniform on (0, 1) when the law is true, although a count is not continuous.
 *
 * @param u on (0, 1); from the series and the bucket, so that a replay has the same (`uniformOf`)
 */
export function twoSided({ below, at, above }: Tails, u: number): number {
  const low = below + u * at
  const high = above + (1 - u) * at
  return Math.min(1, 2 * Math.min(low, high))
}

/** Log probability of a count, without additional zeros. */
export function logProbability(count: number, mean: number, dispersion: number): number {
  if (mean * dispersion < DISPERSION_MIN) return count * Math.log(mean) - mean - lnGamma(count + 1)
  const r = 1 / dispersion
  const ways = lnGamma(count + r) - lnGamma(r) - lnGamma(count + 1)
  return ways - r * Math.log1p(mean / r) + count * Math.log(mean / (r + mean))
}

/** Variance of a count, additional zeros included. */
export function varianceOf({ mean, dispersion, zeros }: CountLaw): number {
  return (1 - zeros) * (mean + (dispersion + zeros) * mean * mean)
}
