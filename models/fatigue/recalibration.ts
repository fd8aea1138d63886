/**
 * What matured chances say of those that are still to mature: log odds are moved by `shift` and stretched by `slope`
 * about {@link CENTRE} (Cox 1958). `covariance` is of the two.
 */
export type Recalibration = {
  readonly shift: number
  readonly slope: number
  readonly covariance: readonly [shift: number, both: number, slope: number]
}

/**
 * Matured chances in bins of their log odds: weight, weighted log odds, weight of those that came. Of fixed size however
 * many have matured, and added up like any numbers.
 */
export const BINS_SIZE = 72

/** @param log_odds of the chance  @param came 1 or 0 */
export function addMatured(bins: Float64Array, log_odds: number, came: number, weight: number): void {
  const bin = Math.min(BINS_SIZE / FIELDS - 1, Math.max(0, Math.floor((log_odds + REACH) / WIDTH)))
  bins[bin * FIELDS]! += weight
  bins[bin * FIELDS + 1]! += weight * log_odds
  bins[bin * FIELDS + 2]! += weight * came
}

const FIELDS = 3
/** Beyond one in four hundred and its opposite, one bin each. */
const REACH = 6
const WIDTH = 0.5

/** Most of what is asked lies near a tenth: about it, shift and slope say different things. */
const CENTRE = Math.log(0.1 / 0.9)

/** Posterior of shift and slope: Newton's method on a concave log posterior, taken as normal at its top (Laplace). */
export function recalibrate(prior: Recalibration, bins: Float64Array): Recalibration {
  const precision = inverse(prior.covariance)
  let { covariance, shift, slope } = prior
  for (let round = 0; round < ROUNDS; round++) {
    const { gradient, curvature } = slopesAt(prior, precision, bins, shift, slope)
    covariance = inverse(curvature)
    const step = [
      covariance[0] * gradient[0] + covariance[1] * gradient[1],
      covariance[1] * gradient[0] + covariance[2] * gradient[1],
    ] as const
    const length = Math.max(Math.abs(step[0]), Math.abs(step[1]))
    // Far from the top a whole step may overshoot it.
    const part = Math.min(1, STEP_MOST / Math.max(length, 1e-9))
    shift += part * step[0]
    slope += part * step[1]
    if (length < 1e-6) break
  }
  return { shift, slope: Math.max(SLOPE_LEAST, slope), covariance }
}

const ROUNDS = 12
const STEP_MOST = 1
/** What was said to be likelier stays likelier. */
const SLOPE_LEAST = 0.1
/** Sums that were taken from each other leave as good as nothing where nothing was. */
const WEIGHT_LEAST = 1e-9

type Symmetric = readonly [number, number, number]

/** First derivatives of the log posterior, and the second ones with their sign turned. */
function slopesAt(prior: Recalibration, [a, b, c]: Symmetric, bins: Float64Array, shift: number, slope: number) {
  const [off, steep] = [shift - prior.shift, slope - prior.slope]
  let [g0, g1] = [-a * off - b * steep, -b * off - c * steep]
  let [h00, h01, h11] = [a, b, c]
  for (let at = 0; at < BINS_SIZE; at += FIELDS) {
    const weight = bins[at]!
    if (weight < WEIGHT_LEAST) continue
    const x = bins[at + 1]! / weight - CENTRE
    const chance = 1 / (1 + Math.exp(-(CENTRE + shift + slope * x)))
    const residual = bins[at + 2]! - weight * chance
    const information = weight * chance * (1 - chance)
    g0 += residual
    g1 += residual * x
    h00 += information
    h01 += information * x
    h11 += information * x * x
  }
  return { gradient: [g0, g1] as const, curvature: [h00, h01, h11] as const }
}

/** Log odds as they are after all that matured. */
export function recalibrated({ shift, slope }: Recalibration, log_odds: number): number {
  return CENTRE + shift + slope * (log_odds - CENTRE)
}

/** Variance of {@link recalibrated}. */
export function varianceAt({ covariance: [a, b, c] }: Recalibration, log_odds: number): number {
  const x = log_odds - CENTRE
  return a + 2 * b * x + c * x * x
}

function inverse([a, b, c]: Symmetric): Symmetric {
  const determinant = a * c - b * b
  return [c / determinant, -b / determinant, a / determinant]
}
