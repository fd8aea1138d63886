/** One customer: what was forecast, and what came. */
export type Scored = { readonly id: string; readonly forecast: number; readonly actual: number }

export type PointScores = {
  readonly rmse: number
  readonly mae: number
  readonly gini: number
  readonly decile_mape: number
  /** Σ forecast / Σ actual. */
  readonly level: number
}

/** Scores of a point forecast over customers. Null where there is nothing to divide by. */
export function pointScores(customers: readonly Scored[]): PointScores {
  const ranked = customers.toSorted((a, b) => b.forecast - a.forecast || (a.id < b.id ? -1 : 1))
  const perfect = customers.map(({ actual }) => actual).sort((a, b) => b - a)
  const errors = customers.map(({ forecast, actual }) => forecast - actual)
  const n = customers.length
  return {
    rmse: Math.sqrt(sum(errors.map((error) => error * error)) / n),
    mae: sum(errors.map(Math.abs)) / n,
    gini: giniOfGains(ranked.map(({ actual }) => actual)) / giniOfGains(perfect),
    decile_mape: decileMape(ranked),
    level: sum(customers.map(({ forecast }) => forecast)) / sum(perfect),
  }
}

/** Twice the area between the gain chart of values in this order and the diagonal. */
function giniOfGains(values: readonly number[]): number {
  const total = sum(values)
  let [gained, area] = [0, 0]
  for (const value of values) {
    area += (gained + value / 2) / total / values.length
    gained += value
  }
  return 2 * area - 1
}

/** Mean over deciles of |Σ forecast − Σ actual| / Σ actual; decile k holds the ranks ⌊kn/10⌋ to ⌊(k+1)n/10⌋ − 1. */
function decileMape(ranked: readonly Scored[]): number {
  const n = ranked.length
  const misses = Array.from({ length: 10 }, (_, k) => {
    const decile = ranked.slice(Math.floor((k * n) / 10), Math.floor(((k + 1) * n) / 10))
    const actual = sum(decile.map((one) => one.actual))
    return Math.abs(sum(decile.map((one) => one.forecast)) - actual) / actual
  })
  return sum(misses) / 10
}

/**
 * Continuous ranked probability score of draws: E|X − y| − E|X − X'| / 2 (Gneiting and Raftery 2007, equation 21), over
 * all pairs of different draws, so that their number does not change what is expected of it (Ferro 2014).
 *
 * @param sorted ascending
 */
export function crpsOfDraws(sorted: Float64Array | readonly number[], actual: number): number {
  const n = sorted.length
  let [distance, spread] = [0, 0]
  for (let i = 0; i < n; i++) {
    distance += Math.abs(sorted[i]! - actual)
    spread += sorted[i]! * (2 * i + 1 - n)
  }
  return distance / n - spread / (n * (n - 1))
}

/**
 * Where the truth lies in the draws, 0 to 1; uniform where draws and truth come from one distribution. Among equal
 * values, as the many zeros are, a place is drawn.
 *
 * @param draws in any order
 * @param uniform on [0, 1)
 */
export function randomisedPit(draws: Float64Array, actual: number, uniform: number): number {
  let [below, equal] = [0, 0]
  for (const value of draws) {
    if (value < actual) below++
    else if (value === actual) equal++
  }
  return (below + uniform * (equal + 1)) / (draws.length + 1)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
