import type { CountLaw } from './count-law.ts'

/** Nobody looks at p-values from here on: they are only counted. */
export const ORDINARY_P = 0.1

/**
 * Shows for most counts, by a dozen multiplications, that their two-sided p-value (`twoSided`) is at least
 * {@link ORDINARY_P}, whatever it is randomised by: then no tail need be computed. False proves nothing.
 *
 * Both tails are regularised incomplete beta functions, I(x, r, m) = I_{r/(r+m)}(r, x + 1), which is P(Y ≤ x) for a negative
 * binomial of shape r and mean m. For every real x > 0 and with D = x ln(x/m) - (x+r) ln((x+r)/(m+r)), half the deviance,
 *
 *     I(x, r, m) ≥ Φ(g),   g = -√(2D) for m > x, √(2D) otherwise.
 *
 * As functions of m both fall from 1 to 0, with densities in proportion to e^-D / (r+m) and e^-D |dg/dm|. Their quotient is
 * in proportion to m √(2D) / |m-x|, the square of which is 2 ∫ s m² w(t) ds over s from 0 to 1, with t = x + (m-x)s and
 * w(t) = r / (t (r+t)). It grows with m, for d ln(m² w) / dm = 2/m - s/t - s/(r+t) and t ≥ ms. A growing quotient of
 * densities orders the tails. For Poisson and binomial laws: Zubkov and Serov (2013), A complete proof of universal
 * inequalities for the distribution function of the binomial law.
 *
 * D itself is ∫ (t-x) w(t) dt from x to m, and w is convex: D ≤ (m-x)² (w(x)/6 + w(m)/3), without a logarithm.
 */
export function isOrdinary(count: number, { dispersion, mean, zeros }: CountLaw): boolean {
  // The upper tail's x is shape - 1.
  if (count < 2 || dispersion >= 1 || dispersion < DISPERSION_MIN) return false
  const limit = halfDevianceMax(zeros)
  const r = 1 / dispersion
  // P(Y < count).
  if (!isWithin(count - 1, mean - (count - 1), r, limit)) return false
  // P(Y > count) = 1 - I_{r/(r+m)}(r, count + 1) = I_{m/(r+m)}(count + 1, r): successes and failures change places.
  return isWithin(r - 1, r * ((count + 1) / mean - 1) + 1, count + 1, limit)
}

/** Whether I(x, shape, x + ahead) is shown to be as great as the limit is for. */
function isWithin(x: number, ahead: number, shape: number, limit: number): boolean {
  if (ahead <= 0) return true
  const mean = x + ahead
  const here = shape / (x * (shape + x))
  const there = shape / (mean * (shape + mean))
  return ahead * ahead * (here / 6 + there / 3) <= limit
}

/**
 * Half the square of the normal deviate beyond which lies ORDINARY_P / 2, rounded down: what zeros of another origin take
 * away from the probability of both tails is made up for by a greater tail.
 */
function halfDevianceMax(zeros: number): number {
  if (zeros === 0) return 1.3527
  if (zeros <= 0.1) return 1.2691
  if (zeros <= 0.25) return 1.1266
  return zeros <= 0.5 ? 0.8211 : 0
}

/** A shape greater than this loses digits where it is added to counts; such a law is Poisson's but for a millionth. */
const DISPERSION_MIN = 1e-7
