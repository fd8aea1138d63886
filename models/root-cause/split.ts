import { cellOf } from './cells.ts'
import type { Cube } from './cube.ts'
import type { Evidence, LeafWeights } from './evidence.ts'
import { type Cuboid, cuboidAt } from './lattice.ts'
import { furtherCost, nameCost } from './price.ts'
import { averageGain, FINE, type Found, likeliest } from './search.ts'

/**
 * Where several children of a cell are causes, a greedy search finds the parent first: it holds them all. So each cause
 * is compared with its parts along every further dimension: those of them that follow its effect, named one by one,
 * against the whole under one name. Leaves that another cause claims too prove nothing against the whole.
 *
 * @returns the causes, parts in the place of wholes; the same list when nothing was to be split
 */
export function splitCauses(
  cube: Cube,
  lattice: readonly Cuboid[],
  evidence: Evidence,
  found: readonly Found[],
): readonly Found[] {
  const weights = evidence.weightsOf(FINE)
  const split = found.map((one) => {
    const leaves = one.leaves.filter((leaf) => !found.some((other) => other !== one && holds(lattice, other, leaf)))
    return splitOne(cube, lattice, evidence, weights, one, leaves)
  })
  return split.every((one) => one === null) ? found : split.flatMap((parts, k) => parts ?? [found[k]!])
}

function splitOne(
  cube: Cube,
  lattice: readonly Cuboid[],
  evidence: Evidence,
  weights: LeafWeights,
  one: Found,
  leaves: Int32Array,
): Found[] | null {
  const { dims } = lattice[one.cuboid]!
  const effect = likeliest(one.support)
  let best: { parts: Found[]; gain: number } | null = null
  for (let d = 0; d < cube.dimensions.length; d++) {
    if (dims.includes(d)) continue
    const at = cuboidAt(
      lattice,
      [...dims, d].sort((a, b) => a - b),
    )
    if (at === null) continue
    const parts = byValue(cube, d, leaves).map((part) => partOf(lattice, evidence, weights, at, part))
    const whole = parts.reduce((sum, { support }) => sum + support[effect]!, 0)
    const further = furtherCost(lattice[at]!)
    const kept = parts.filter(({ support }) => support[effect]! > further)
    const name = nameCost(cube.dimensions.length, lattice[at]!)
    const gain = kept.reduce((sum, { support }) => sum + support[effect]! - further, further - name)
    const before = whole - nameCost(cube.dimensions.length, lattice[one.cuboid]!)
    if (kept.length > 0 && gain > before + MARGIN && gain > (best?.gain ?? 0)) {
      best = { parts: kept.map((part) => ({ ...part, gain: averageGain(part.support) - further })), gain }
    }
  }
  return best?.parts ?? null
}

/** Nats by which the parts must be better, so that a stray leaf does not split a cause. */
const MARGIN = 3

function partOf(
  lattice: readonly Cuboid[],
  evidence: Evidence,
  weights: LeafWeights,
  cuboid: number,
  leaves: Int32Array,
): Found {
  const cell = cellOf(lattice, cuboid, leaves[0]!)
  return { cuboid, cell, leaves, support: evidence.total(leaves, weights), gain: 0 }
}

function byValue(cube: Cube, d: number, leaves: Int32Array): Int32Array[] {
  const { codes } = cube.dimensions[d]!
  return [...Map.groupBy(leaves, (leaf) => codes[leaf]!).values()].map((part) => Int32Array.from(part))
}

function holds(lattice: readonly Cuboid[], { cuboid, cell }: Found, leaf: number): boolean {
  return cellOf(lattice, cuboid, leaf) === cell
}
