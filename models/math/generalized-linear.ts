import { cholesky, solveCholesky } from './linear.ts'

export type LogLinearOptions = {
  /** Variance of y is proportional to mean^power: 1 Poisson, 1 < power < 2 Tweedie (many zeros, then a long tail). */
  readonly power: number
  /** Known part of ln mean, one per row. */
  readonly offset: ArrayLike<number>
  /** Penalty ridge/2 · Σ coefficient² on all but the first column, the constant. */
  readonly ridge: number
}

const STEPS_MAX = 60

/**
 * Regression with a log link by Fisher scoring: ln E[y] = offset + X β.
 *
 * @param columns of X, the constant first
 * @param y ≥ 0, not all 0
 * @returns β, or null where it does not settle: the caller has a model without it
 */
export function fitLogLinear(
  columns: readonly Float64Array[],
  y: ArrayLike<number>,
  { power, offset, ridge }: LogLinearOptions,
): Float64Array | null {
  const [n, k] = [y.length, columns.length]
  const beta = new Float64Array(k)
  beta[0] = startOf(y, offset)
  if (!Number.isFinite(beta[0]!)) return null
  for (let step = 0; step < STEPS_MAX; step++) {
    const slope = Float64Array.from(beta, (value, j) => (j === 0 ? 0 : -ridge * value))
    const curve = Array.from({ length: k }, (_, j) => new Float64Array(k).fill(j === 0 ? 0 : ridge, j, j + 1))
    for (let i = 0; i < n; i++) {
      let ln = offset[i]!
      for (let j = 0; j < k; j++) ln += beta[j]! * columns[j]![i]!
      const mean = Math.exp(Math.min(ln, 40))
      const weight = mean ** (2 - power)
      const residual = (y[i]! - mean) * mean ** (1 - power)
      for (let j = 0; j < k; j++) {
        const x = columns[j]![i]!
        slope[j]! += residual * x
        for (let l = 0; l <= j; l++) curve[j]![l]! += weight * x * columns[l]![i]!
      }
    }
    const lower = cholesky(curve)
    if (lower === null) return null
    const move = solveCholesky(lower, slope)
    const largest = move.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    // Far from the solution a full step may overshoot what e^x can hold.
    const damping = Math.min(1, 2 / largest)
    for (let j = 0; j < k; j++) beta[j]! += damping * move[j]!
    if (largest < 1e-7) return beta
  }
  return null
}

/** ln of the constant that makes the sums agree. */
function startOf(y: ArrayLike<number>, offset: ArrayLike<number>): number {
  let [seen, expected] = [0, 0]
  for (let i = 0; i < y.length; i++) {
    seen += y[i]!
    expected += Math.exp(offset[i]!)
  }
  return Math.log(seen / expected)
}
