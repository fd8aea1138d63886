import { drawNormal } from '../math/draw.ts'
import { backward, cholesky, forward, lnDeterminant, type Matrix, solveCholesky } from '../math/linear.ts'
import type { Random } from '../math/random.ts'
import { bgNbd } from './bg-nbd.ts'
import { byCount, type Rows } from './rows.ts'

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
  const expected = expectedByWeek(ln_parameters.map(Math.exp), rows, weeks, null)
  const slope = observed.map((count, w) => count - expected[w]!)
  const cross = ln_parameters.map((_, j) => derivative(rows, weeks, ln_parameters, j))
  const own = calendarInformation(rows, weeks, ln_parameters, expected)
  const points = SIGMAS.flatMap((sigma) =>
    PHIS.flatMap((phi) => {
      const point = posterior(information, cross, own, slope, sigma, phi)
      return point === null ? [] : [point]
    }),
  )
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
  const precision = Array.from({ length: n + weeks }, (_, i) =>
    Float64Array.from({ length: n + weeks }, (_, j) => {
      if (i < n) return j < n ? information[i]![j]! : cross[i]![j - n]!
      if (j < n) return cross[j]![i - n]!
      const [w, v] = [i - n, j - n]
      const edge = w === 0 || w === weeks - 1
      if (w === v) return own[w]![v]! + (weeks === 1 ? 1 / (sigma * sigma) : innovation * (edge ? 1 : 1 + phi * phi))
      return own[w]![v]! - (Math.abs(w - v) === 1 ? innovation * phi : 0)
    }),
  )
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

/**
 * −∂ ln L / ∂(length of week w): how many repeat orders BG/NBD expects in each week of those who are in the data, given
 * their whole history. `g` stretches weeks.
 */
function expectedByWeek(
  parameters: readonly number[],
  rows: Rows,
  weeks: number,
  g: Float64Array | null,
): Float64Array {
  const [r, alpha, a, b] = parameters as [number, number, number, number]
  const odds = byCount(rows, (x) => (x === 0 ? 0 : a / (b + x - 1)))
  const out = new Float64Array(weeks)
  // Life of a customer: from T weeks before the cut to the cut; the last order T − t_x weeks before it.
  const passed = stretchedBy(g)
  for (let i = 0; i < rows.size; i++) {
    const [x, t_x, T] = [rows.x[i]!, rows.t_x[i]!, rows.T[i]!]
    const since = passed(T - t_x)
    const whole = passed(T)
    const left = odds[i]! * ((alpha + whole) / (alpha + whole - since)) ** (r + x)
    const alive = left === Infinity ? 0 : 1 / (1 + left)
    addInterval(out, 0, T, (rows.weight[i]! * alive * (r + x)) / (alpha + whole))
    if (x > 0) addInterval(out, T - t_x, T, (rows.weight[i]! * (1 - alive) * (r + x)) / (alpha + whole - since))
  }
  return out
}

/** Operational time between the cut and `weeks` before it. */
function stretchedBy(g: Float64Array | null): (weeks: number) => number {
  if (g === null) return (weeks) => weeks
  const sums = new Float64Array(g.length + 1)
  for (let w = 0; w < g.length; w++) sums[w + 1] = sums[w]! + Math.exp(g[w]!)
  return (weeks) => {
    const whole = Math.min(Math.floor(weeks), g.length)
    const rate = whole < g.length ? Math.exp(g[whole]!) : 1
    return sums[whole]! + (weeks - whole) * rate
  }
}

function addInterval(out: Float64Array, from: number, until: number, density: number): void {
  for (let w = Math.floor(from); w < Math.min(until, out.length); w++) {
    out[w]! += density * (Math.min(until, w + 1) - Math.max(from, w))
  }
}

/** ∂ expected orders by week / ∂ ln parameter j. */
function derivative(rows: Rows, weeks: number, ln_parameters: readonly number[], j: number): Float64Array {
  const step = 1e-4
  const at = (by: number) =>
    expectedByWeek(ln_parameters.with(j, ln_parameters[j]! + by).map(Math.exp), rows, weeks, null)
  const [more, less] = [at(step), at(-step)]
  return more.map((value, w) => (value - less[w]!) / (2 * step))
}

/** −∂² ln L / ∂g ∂g: the expected counts themselves on the diagonal, less what a longer life takes from the rate. */
function calendarInformation(
  rows: Rows,
  weeks: number,
  ln_parameters: readonly number[],
  expected: Float64Array,
): Float64Array[] {
  const step = 1e-4
  const parameters = ln_parameters.map(Math.exp)
  const out = Array.from({ length: weeks }, (_, w) => {
    const at = (by: number) => expectedByWeek(parameters, rows, weeks, new Float64Array(weeks).fill(by, w, w + 1))
    const [more, less] = [at(step), at(-step)]
    return more.map((value, v) => (value - less[v]!) / (2 * step) + (v === w ? expected[w]! : 0))
  })
  // Symmetric but for the error of the differences.
  return out.map((row, w) => row.map((value, v) => (value + out[v]![w]!) / 2))
}

/** Second derivatives of −ln L by central differences, on ln parameters. */
export function informationAt(rows: Rows, ln_parameters: readonly number[]): Float64Array[] {
  const step = 1e-3
  const f = (ln: readonly number[]) => -bgNbd.logLikelihood(ln.map(Math.exp), rows)
  const moved = (i: number, by: number, j: number, and: number) =>
    f(ln_parameters.map((value, k) => value + (k === i ? by : 0) + (k === j ? and : 0)))
  return ln_parameters.map((_, i) =>
    Float64Array.from(
      ln_parameters,
      (_, j) =>
        (moved(i, step, j, step) - moved(i, step, j, -step) - moved(i, -step, j, step) + moved(i, -step, j, -step)) /
        (4 * step * step),
    ),
  )
}
