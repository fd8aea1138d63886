import { freeLeaves, postingsOf } from '../../models/root-cause/cells.ts'
import type { Cube } from '../../models/root-cause/cube.ts'
import { type Cuboid, latticeOf } from '../../models/root-cause/lattice.ts'
import type { Element } from './generate.ts'
import { elementOf } from './score.ts'

/**
 * The scan that needs nothing of a leaf but its difference d and its variance v: each cell has (Σd)² / 2Σv in its
 * favour (half, to be nats), the best is taken, its leaves are removed, until nothing is worth the logarithm of the
 * number of cells in its layer. What Omnify's own search is measured against: it adds first and judges then.
 */
export function aggregateScan(cube: Cube): Element[] {
  const lattice = latticeOf(cube, 1_500_000)
  const difference = cube.real.map((value, leaf) => value - cube.expected[leaf]!)
  const down = difference.reduce((sum, value) => sum + value, 0) < 0
  const relative = relativeSpread(cube)
  const variance = cube.real.map((value, leaf) => (relative * Math.max(Math.abs(value), cube.expected[leaf]!)) ** 2)
  const taken = new Uint8Array(cube.real.length)
  const postings = postingsOf(cube)
  const found: Element[] = []
  while (found.length < CAUSES_MAX) {
    const best = bestCell(lattice, difference, variance, down, cube.dimensions.length)
    if (best === null) break
    found.push(elementOf(cube, lattice[best.cuboid]!, best.cell))
    for (const leaf of freeLeaves(cube, lattice[best.cuboid]!, best.cell, postings, taken)) {
      taken[leaf] = 1
      difference[leaf] = 0
      variance[leaf] = 0
    }
  }
  return found
}

const CAUSES_MAX = 32

/** Standard deviation of relative errors, from their median size. */
function relativeSpread({ real, expected }: Cube): number {
  const sizes = real
    .map((value, leaf) => Math.abs(value - expected[leaf]!) / Math.max(Math.abs(value), expected[leaf]!))
    .filter((size) => size > 0)
    .sort()
  return Math.max(0.01, (sizes[sizes.length >> 1] ?? 0) / 0.6745)
}

function bestCell(
  lattice: readonly Cuboid[],
  difference: Float64Array,
  variance: Float64Array,
  down: boolean,
  dimensions: number,
) {
  const sums: { d: Float64Array; v: Float64Array }[] = []
  let best: { cuboid: number; cell: number; gain: number } | null = null
  lattice.forEach(({ dims, cells, from, up }, cuboid) => {
    const [d, v] = [new Float64Array(cells), new Float64Array(cells)]
    const finer = from === null ? { d: difference, v: variance } : sums[from]!
    for (let row = 0; row < up.length; row++) {
      d[up[row]!]! += finer.d[row]!
      v[up[row]!]! += finer.v[row]!
    }
    sums.push({ d, v })
    if (dims.length === 0) return
    const cost = Math.log(cells * dimensions * 2)
    for (let cell = 0; cell < cells; cell++) {
      if (v[cell] === 0 || d[cell]! < 0 !== down) continue
      const gain = d[cell]! ** 2 / v[cell]! / 2 - cost
      if (gain > (best?.gain ?? 0)) best = { cuboid, cell, gain }
    }
  })
  return best as { cuboid: number; cell: number } | null
}
