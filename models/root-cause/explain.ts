import type { Cube } from './cube.ts'
import { evidenceOf } from './evidence.ts'
import { type Cuboid, latticeOf } from './lattice.ts'
import type { Direction } from './leaves.ts'
import { FINE, type Found, likeliest, search } from './search.ts'
import { splitCauses } from './split.ts'

/** One cause: the dimension values that it is at. No values at all: the whole cube, so a cause from outside. */
export type Cause = {
  readonly set: Readonly<Record<string, string>>
  /** Probability that it is a cause and not noise, 0 … 1. */
  readonly score: number
  /** Part of the whole change (real − expected) that its leaves make up; below 0 when they changed the other way. */
  readonly share: number
  /** By how much it scaled its leaves down (fall) or up from (rise): 0.3 is 30 % lost. */
  readonly size: number
  /** Evidence in nats, the price of naming it taken off: what the causes are ordered by. */
  readonly gain: number
}

export type Explanation = { readonly direction: Direction; readonly causes: readonly Cause[] }

/**
 * Why the sums of a cube are not what was expected: the fewest cells, of any layer, that explain it. Nothing stands out
 * of the noise of the leaves: no causes. Everything moved alike: one cause, with an empty set.
 *
 * Of the same family as RiskLoc (Kalander 2022, arXiv:2205.10004) and Squeeze (Li et al. 2019): a cause does the same
 * to all its leaves, whatever their size. Where those count and threshold, this one weighs: see `search.ts`.
 */
export function explain(cube: Cube): Explanation {
  const change = total(cube.real) - total(cube.expected)
  const direction: Direction = change < 0 ? 'fall' : 'rise'
  if (cube.real.length === 0) return { direction, causes: [] }
  const lattice = latticeOf(cube, CELLS_MAX)
  const evidence = evidenceOf(cube, direction)
  let found: readonly Found[] = search(cube, lattice, evidence)
  for (let round = 0; round < SPLITS_MAX; round++) {
    const split = splitCauses(cube, lattice, evidence, found)
    if (split === found) break
    found = search(cube, lattice, evidence, split)
  }
  const causes = found.map((one) => causeOf(cube, lattice[one.cuboid]!, one, change))
  return { direction, causes: causes.sort((a, b) => b.gain - a.gain) }
}

/** Of all cuboids together; 13 numbers of 8 bytes each. */
const CELLS_MAX = 1_500_000
const SPLITS_MAX = 5

function causeOf({ dimensions, real, expected }: Cube, { dims, leaf }: Cuboid, found: Found, change: number): Cause {
  const first = leaf[found.cell]!
  const set = dims.map((d) => [dimensions[d]!.name, dimensions[d]!.values[dimensions[d]!.codes[first]!]!])
  const own = found.leaves.reduce((sum, one) => sum + real[one]! - expected[one]!, 0)
  const effect = likeliest(found.support)
  return {
    set: Object.fromEntries(set),
    score: 1 / (1 + Math.exp(-found.sure)),
    share: change === 0 ? 0 : own / change,
    size: Math.min(1, FINE[effect]!.size),
    gain: found.gain,
  }
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
