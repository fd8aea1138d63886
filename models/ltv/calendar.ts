import { drawNormal } from '../math/draw.ts'
import { backward, cholesky, forward, lnDeterminant, type Matrix, solveCholesky } from '../math/linear.ts'
import type { Random } from '../math/random.ts'
import { calendarDerivatives } from './calendar-derivatives.ts'
import type { Rows } from './rows.ts'

/**
 * What all customers of a shop share: in week w everybody buys e^g_w times as fast (holidays, campaigns, a site that is
 * down). Without it the errors of a sum over customers look independent, and its interval is a fraction of the true one.
 *
 * The calendar enters BG/NBD as operational time: a week counts e^g_w weeks. Its prior is an AR(1) in weeks; parameters
 * and calendar have one posterior, taken as normal around the best fit without a calendar (Laplace), so that it holds
 * how far a good or bad season has bent the parameters. Spread and memory of the AR(1) are weighed by their marginal
 * likelihood over a grid.
 */
export type Calendar = {
  /** Draws ln of the parameters (r, α, a, b) and the mean of e^g over the `weeks` after the cut. */
  draw(random: Random, weeks: number): { readonly ln_parameters: Float64Array; readonly pace: number }
  /** Posterior mean of the weekly standard deviation of g and of its correlation from week to week. */
  readonly sigma: number
  readonly phi: number
}

const SIGMAS = [0.01, 0.05, 0.1, 0.15, 0.2, 0.27, 0.36, 0.48, 0.65, 0.85]
const PHIS = [0, 0.35, 0.6, 0.8, 0.9, 0.96]
/** Weekly spread before anything was seen: half-normal. Most shops move by 10 to 30 % from week to week. */
const SIGMA_SCALE = 0.3
/** Older weeks say little about the next ones and cost time to the third power. */
const WEEKS_MAX = 78

/**
 * @param ln_parameters most likely ln (r, α, a, b)
 * @param information second derivatives of −ln posterior at them
 * @param repeats_by_week repeat orders of each week before the cut, last week first
 */
export function calendarOf(
  rows: Rows,
  ln_parameters: readonly number[],
  information: Matrix,
  repeats_by_week: Float64Array,
): Calendar {
  const weeks = Math.min(WEEKS_MAX, repeats_by_week.length)
  const observed = repeats_by_week.subarray(0, weeks)
  const { expected, cross, own } = calendarDerivatives(rows, ln_parameters, weeks)
  const slope = observed.map((count, w) => count - expected[w]!)
  const points = gridOf(information, cross, own, slope)
  const high = Math.max(...points.map(({ ln_weight }) => ln_weight))
  const weights = points.map(({ ln_weight }) => Math.exp(ln_weight - high))
  const cumulated = weights.map((_, i) => weights.slice(0, i + 1).reduce((sum, weight) => sum + weight, 0))
  const total = cumulated.at(-1)!
  const mean = (of: (point: Posterior) => number) =>
    points.reduce((sum, point, i) => sum + (of(point) * weights[i]!) / total, 0)
  return {
    sigma: mean(({ sigma }) => sigma),
    phi: mean(({ phi }) => phi),
    draw(random, ahead) {
      const reached = random() * total
      const point = points[cumulated.findIndex((sum) => reached < sum)] ?? points.at(-1)!
      const at = backward(
        point.lower,
        Float64Array.from(point.mean, () => drawNormal(random)),
      )
      const n = ln_parameters.length
      return {
        ln_parameters: Float64Array.from(ln_parameters, (value, j) => value + point.mean[j]! + at[j]!),
        pace: drawPace(random, point, weeks === 0 ? 0 : point.mean[n]! + at[n]!, ahead),
      }
    },
  }
}

/**
 * All points of the grid at which the posterior has a maximum. A shop whose few orders fit two stories may have none:
 * then its parameters are held closer to where they are, as far as is needed.
 */
function gridOf(information: Matrix, cross: readonly Float64Array[], own: Matrix, slope: Float64Array): Posterior[] {
  for (const firmness of [0, 1, 10, 1e3, 1e6]) {
    const firm = information.map((row, j) => row.with(j, row[j]! + firmness))
    const points = SIGMAS.flatMap((sigma) =>
      PHIS.flatMap((phi) => {
        const point = posterior(firm, cross, own, slope, sigma, phi)
        return point === null ? [] : [point]
      }),
    )
    if (points.length > 0) return points
  }
  throw new RangeError('the calendar of this shop has no posterior, however firm its parameters')
}

type Posterior = {
  readonly sigma: number
  readonly phi: number
  readonly ln_weight: number
  /** Of the step from the best fit: parameters, then weeks, last week first. */
  readonly mean: Float64Array
  /** Cholesky factor of the precision. */
  readonly lower: Matrix
}

/** One Newton step of parameters and calendar at once, and the marginal likelihood it gives this spread and memory. */
function posterior(
  information: Matrix,
  cross: readonly Float64Array[],
  own: Matrix,
  slope: Float64Array,
  sigma: number,
  phi: number,
): Posterior | null {
  const [n, weeks] = [information.length, slope.length]
  const innovation = 1 / (sigma * sigma * (1 - phi * phi))
  const precision = Array.from({ length: n + weeks }, () => new Float64Array(n + weeks))
  // The lower half is all that is read.
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) precision[i]![j] = information[i]![j]!
  for (let w = 0; w < weeks; w++) {
    const row = precision[n + w]!
    for (let j = 0; j < n; j++) row[j] = cross[j]![w]!
    for (let v = 0; v <= w; v++) row[n + v] = own[w]![v]!
    const edges = (w === 0 ? 1 : 0) + (w === weeks - 1 ? 1 : 0)
    row[n + w]! += weeks === 1 ? 1 / (sigma * sigma) : innovation * (1 + (1 - edges) * phi * phi)
    if (w > 0) row[n + w - 1]! -= innovation * phi
  }
  const lower = cholesky(precision)
  if (lower === null) return null
  const mean = solveCholesky(lower, [...new Float64Array(n), ...slope])
  const fits = forward(lower, [...new Float64Array(n), ...slope]).reduce((sum, value) => sum + value * value, 0) / 2
  const prior_ln_determinant = weeks * Math.log(innovation) + Math.log(1 - phi * phi)
  const ln_weight =
    fits + (prior_ln_determinant - lnDeterminant(lower)) / 2 - (sigma / SIGMA_SCALE) ** 2 / 2 + lnCell(sigma)
  return { sigma, phi, ln_weight, mean, lower }
}

/** The grid is denser where it is low: ln of the width of a cell. */
function lnCell(sigma: number): number {
  const at = SIGMAS.indexOf(sigma)
  return Math.log((SIGMAS[Math.min(at + 1, SIGMAS.length - 1)]! - SIGMAS[Math.max(at - 1, 0)]!) / 2)
}

/**
 * Mean of the pace over the weeks ahead, the last one perhaps not whole, g going on from its value in the last week.
 * A week's pace is e^(g − σ²/2): as the fit takes the past, so are weeks to come an ordinary one on average.
 */
function drawPace(random: Random, { sigma, phi }: Posterior, last: number, ahead: number): number {
  const step = sigma * Math.sqrt(1 - phi * phi)
  let [g, sum] = [last, 0]
  for (let left = ahead; left > 0; left--) {
    g = phi * g + step * drawNormal(random)
    sum += Math.exp(g - (sigma * sigma) / 2) * Math.min(1, left)
  }
  return sum / ahead
}
