import { cellOf } from './cells.ts'
import type { Cube } from './cube.ts'
import type { Evidence } from './evidence.ts'
import { type Cuboid, cuboidAt } from './lattice.ts'
import { furtherCost, nameCost } from './price.ts'
import { averageGain, FINE, type Found, likeliest, mostOf, SURE_MIN } from './search.ts'

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
  const split = found.map((one) => {
    const others = found.filter((other) => other !== one)
    const leaves = one.leaves.filter((leaf) => !others.some((other) => holds(lattice, other, leaf)))
    return bestParts(cube, lattice, evidence, one, leaves)
  })
  return split.every((one) => one === null) ? found : split.flatMap((parts, k) => parts ?? [found[k]!])
}

function bestParts(
  cube: Cube,
  lattice: readonly Cuboid[],
  evidence: Evidence,
  one: Found,
  leaves: Int32Array,
): Found[] | null {
  const dimensions = cube.dimensions.length
  const effect = evidence.weightsOf([FINE[likeliest(one.support)]!])
  const { dims } = lattice[one.cuboid]!
  const whole = evidence.total(leaves, effect)[0]! - nameCost(dimensions, lattice[one.cuboid]!)
  let best: { cuboid: number; parts: Int32Array[]; gain: number } | null = null
  for (let d = 0; d < dimensions; d++) {
    if (dims.includes(d)) continue
    const finer = [...dims, d].sort((a, b) => a - b)
    const cuboid = cuboidAt(lattice, finer)
    if (cuboid === null) continue
    const further = furtherCost(lattice[cuboid]!)
    let gain = further - nameCost(dimensions, lattice[cuboid]!)
    const parts = byValue(cube, d, leaves).filter((part) => {
      const worth = evidence.total(part, effect)[0]! - further
      gain += Math.max(0, worth)
      return worth > 0
    })
    if (parts.length > 0 && gain > (best?.gain ?? Math.max(0, whole + MARGIN))) best = { cuboid, parts, gain }
  }
  const found = best === null ? [] : foundOf(lattice, evidence, best.cuboid, best.parts)
  return found.length === 0 ? null : found
}

/** Nats by which the parts must be better, so that a stray leaf does not split a cause. */
const MARGIN = 3

function foundOf(
  lattice: readonly Cuboid[],
  evidence: Evidence,
  cuboid: number,
  parts: readonly Int32Array[],
): Found[] {
  const fine = evidence.weightsOf(FINE)
  return parts
    .map((leaves) => {
      const support = evidence.total(leaves, fine)
      const cost = furtherCost(lattice[cuboid]!)
      const gain = averageGain(support) - cost
      const sure = Math.min(gain, mostOf(support, lattice[cuboid]!, evidence) - cost)
      return { cuboid, cell: cellOf(lattice, cuboid, leaves[0]!), leaves, support, gain, sure }
    })
    .filter(({ sure }) => sure >= SURE_MIN)
}

function byValue(cube: Cube, d: number, leaves: Int32Array): Int32Array[] {
  const { codes, values } = cube.dimensions[d]!
  const lists: number[][] = values.map(() => [])
  for (let k = 0; k < leaves.length; k++) lists[codes[leaves[k]!]!]!.push(leaves[k]!)
  return lists.filter(({ length }) => length > 0).map((list) => Int32Array.from(list))
}

function holds(lattice: readonly Cuboid[], { cuboid, cell }: Found, leaf: number): boolean {
  return cellOf(lattice, cuboid, leaf) === cell
}
