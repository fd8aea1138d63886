export type Minimum = { readonly x: readonly number[]; readonly value: number; readonly evaluations: number }

export type NelderMeadOptions = {
  /** Stops when the values of the simplex differ by less than this. */
  readonly tolerance?: number
  /** Of one start; a restart has as many again. */
  readonly evaluations_max?: number
  /** Side of the first simplex. */
  readonly step?: number
  /** How often a fresh simplex is laid around the best point: the cure for simplices that collapsed too early. */
  readonly restarts?: number
}

/**
 * Minimises a function without derivatives (Nelder and Mead 1965, with the dimension-dependent coefficients of Gao and
 * Han 2012). A value that is not finite counts as +∞, so the function may refuse a point by returning NaN.
 *
 * @param start at which the function must be finite
 * @throws RangeError when it is not
 */
export function nelderMead(
  f: (x: readonly number[]) => number,
  start: readonly number[],
  { tolerance = 1e-8, evaluations_max = 2_000, step = 0.5, restarts = 1 }: NelderMeadOptions = {},
): Minimum {
  let evaluations = 0
  const measured = (x: readonly number[]): Vertex => {
    evaluations++
    const value = f(x)
    return { x, value: Number.isFinite(value) ? value : Infinity }
  }
  let best = measured(start)
  if (best.value === Infinity) throw new RangeError(`the function is not finite at its start (${start.join(', ')})`)
  for (let round = 0; round <= restarts; round++) {
    const before = best.value
    best = descend(measured, best, round === 0 ? step : step / 4, tolerance, evaluations_max)
    if (round > 0 && before - best.value < tolerance) break
  }
  return { ...best, evaluations }
}

type Vertex = { readonly x: readonly number[]; readonly value: number }

function descend(
  measured: (x: readonly number[]) => Vertex,
  start: Vertex,
  step: number,
  tolerance: number,
  evaluations_max: number,
): Vertex {
  const n = start.x.length
  const [expansion, contraction, shrink] = [1 + 2 / n, 0.75 - 1 / (2 * n), n > 1 ? 1 - 1 / n : 0.5]
  const simplex = [start, ...start.x.map((_, i) => measured(start.x.with(i, start.x[i]! + step)))]
  for (let used = n; used < evaluations_max; ) {
    simplex.sort((left, right) => left.value - right.value)
    const [best, second, worst] = [simplex[0]!, simplex[n - 1]!, simplex[n]!]
    if (worst.value - best.value < tolerance) break
    const centre = start.x.map((_, i) => simplex.slice(0, n).reduce((sum, { x }) => sum + x[i]!, 0) / n)
    const along = (factor: number) => measured(centre.map((c, i) => c + factor * (c - worst.x[i]!)))
    const reflected = along(1)
    used++
    if (reflected.value < best.value) {
      const expanded = along(expansion)
      used++
      simplex[n] = expanded.value < reflected.value ? expanded : reflected
    } else if (reflected.value < second.value) {
      simplex[n] = reflected
    } else {
      const outside = reflected.value < worst.value
      const contracted = along(outside ? contraction : -contraction)
      used++
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[n] = contracted
      else {
        for (let i = 1; i <= n; i++) {
          simplex[i] = measured(simplex[i]!.x.map((value, j) => best.x[j]! + shrink * (value - best.x[j]!)))
        }
        used += n
      }
    }
  }
  return simplex.reduce((least, vertex) => (vertex.value < least.value ? vertex : least))
}
