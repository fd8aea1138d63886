import { cholesky, solveCholesky } from '../math/linear.ts'
import { FEATURES, logit } from './features.ts'
import type { Observations } from './observations.ts'
import { NODES } from './reach.ts'

/**
 * Discrete-time hazard (Cox 1972, Allison 1982): the chance that a creative comes to a level on a day, given that it has
 * not before, is logistic in the hazard that its wear lets expect and in its features. Steps of a day; the intercept and
 * the expected hazard change between `NODES`, within them they are level.
 */
export type Hazard = {
  readonly means: readonly number[]
  readonly scales: readonly number[]
  /** Intercept of each interval, expected log odds, features. */
  readonly coefficients: readonly number[]
  /** Chance a day that the owner stops it, which ends what can be seen. */
  readonly stop_a_day: number
}

/**
 * Fits by Newton's method with a ridge on the features, on days at risk only: a creative that was stopped leaves the
 * risk set on that day, it has not survived.
 *
 * @param rows which observations
 */
export function fitHazard(seen: Observations, rows: Int32Array): Hazard {
  const { means, scales } = standards(seen, rows)
  const coefficients = new Float64Array(WIDTH)
  // As the wear lets expect: near the answer, where Newton's steps do not overshoot.
  coefficients[NODES.length] = 1
  const x = new Float64Array(WIDTH)
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = new Float64Array(WIDTH)
    const curvature = Array.from({ length: WIDTH }, () => new Float64Array(WIDTH))
    for (const row of rows) {
      fillFeatures(x, seen.features, row * FEATURES.length, means, scales)
      const until = Math.min(seen.onset_in[row]!, seen.seen_for[row]!)
      for (let interval = 0; interval < NODES.length; interval++) {
        const start = interval === 0 ? 0 : NODES[interval - 1]!
        const trials = Math.min(until, NODES[interval]!) - start
        if (trials <= 0) break
        const event = seen.onset_in[row]! > start && seen.onset_in[row]! <= start + trials ? 1 : 0
        x[NODES.length] = expectedLogOdds(seen.beliefs, row * NODES.length, interval)
        const odds = dot(coefficients, x, interval)
        const chance = 1 / (1 + Math.exp(-odds))
        accumulate(gradient, curvature, x, interval, event - trials * chance, trials * chance * (1 - chance))
      }
    }
    for (let i = 0; i < WIDTH; i++) {
      const ridge = i < NODES.length ? RIDGE_INTERCEPT : RIDGE
      const centre = i === NODES.length ? 1 : 0
      if (i >= NODES.length) gradient[i]! -= ridge * (coefficients[i]! - centre)
      curvature[i]![i]! += ridge
    }
    const lower = cholesky(curvature)
    if (lower === null) throw new RangeError('the curvature of the hazard is not positive definite')
    const step = solveCholesky(lower, gradient)
    let most = 0
    for (let i = 0; i < WIDTH; i++) {
      coefficients[i]! += Math.max(-STEP_MOST, Math.min(STEP_MOST, step[i]!))
      most = Math.max(most, Math.abs(step[i]!))
    }
    if (most < 1e-6) break
  }
  return { means, scales, coefficients: [...coefficients], stop_a_day: stopsADay(seen, rows) }
}

/**
 * Chance that a creative becomes fatigued within so many days and is still running then: cumulative incidence, the owner's
 * stopping it being the competing risk.
 *
 * @param features `FEATURES` of the day
 * @param beliefs structural chances at `NODES`
 * @returns at each of `NODES`, never falling
 */
export function incidence(
  { coefficients, means, scales, stop_a_day }: Hazard,
  features: ArrayLike<number>,
  beliefs: ArrayLike<number>,
  offset = 0,
): number[] {
  fillFeatures(X, features, offset * FEATURES.length, means, scales)
  let running = 1
  let fatigued = 0
  return NODES.map((node, interval) => {
    X[NODES.length] = expectedLogOdds(beliefs, offset * NODES.length, interval)
    const hazard = 1 / (1 + Math.exp(-dot(coefficients, X, interval)))
    for (let day = interval === 0 ? 0 : NODES[interval - 1]!; day < node; day++) {
      fatigued += running * hazard
      running *= (1 - hazard) * (1 - stop_a_day)
    }
    return fatigued
  })
}

const WIDTH = NODES.length + 1 + FEATURES.length
const ROUNDS = 25
const STEP_MOST = 1
/**
 * In events. Days of one creative are no independent observations: some fifty share one fate, so fifty events are
 * worth one.
 */
const RIDGE = 50
const RIDGE_INTERCEPT = 1e-6
/** Written anew by every call. */
const X = new Float64Array(WIDTH)

/** Log odds of onset on a day of the interval, as the wear lets expect it. */
function expectedLogOdds(beliefs: ArrayLike<number>, from: number, interval: number): number {
  const start = interval === 0 ? 0 : NODES[interval - 1]!
  const before = interval === 0 ? 0 : beliefs[from + interval - 1]!
  const surviving = Math.max(1e-6, 1 - beliefs[from + interval]!) / Math.max(1e-6, 1 - before)
  return Math.max(-9, logit(1 - Math.min(1, surviving) ** (1 / (NODES[interval]! - start))))
}

function standards(seen: Observations, rows: Int32Array): { means: number[]; scales: number[] } {
  const width = FEATURES.length
  const means = new Array<number>(width).fill(0)
  const squares = new Array<number>(width).fill(0)
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      const value = seen.features[row * width + i]!
      means[i]! += value / rows.length
      squares[i]! += (value * value) / rows.length
    }
  }
  const scales = squares.map((square, i) => Math.sqrt(Math.max(1e-6, square - means[i]! ** 2)))
  return { means, scales }
}

/** Standardised, and held within four deviations: an account unlike all others must not blow up a linear term. */
function fillFeatures(
  x: Float64Array,
  features: ArrayLike<number>,
  from: number,
  means: readonly number[],
  scales: readonly number[],
): void {
  for (let i = 0; i < FEATURES.length; i++) {
    const value = (features[from + i]! - means[i]!) / scales[i]!
    x[NODES.length + 1 + i] = Math.max(-4, Math.min(4, value))
  }
}

function dot(coefficients: ArrayLike<number>, x: Float64Array, interval: number): number {
  let sum = coefficients[interval]!
  for (let i = NODES.length; i < WIDTH; i++) sum += coefficients[i]! * x[i]!
  return sum
}

function accumulate(
  gradient: Float64Array,
  curvature: readonly Float64Array[],
  x: Float64Array,
  interval: number,
  residual: number,
  weight: number,
): void {
  gradient[interval]! += residual
  curvature[interval]![interval]! += weight
  for (let i = NODES.length; i < WIDTH; i++) {
    gradient[i]! += residual * x[i]!
    const weighted = weight * x[i]!
    const row = curvature[i]!
    // Its lower half is all that is read.
    row[interval]! += weighted
    for (let j = NODES.length; j <= i; j++) row[j]! += weighted * x[j]!
  }
}

/** Of creatives without onset: their ends over the days on which they ran. */
function stopsADay(seen: Observations, rows: Int32Array): number {
  let ends = 0
  for (const row of rows) if (seen.seen_for[row] === 0) ends++
  return rows.length === 0 ? 0 : ends / rows.length
}
