import { type CodeColumn, type Cube, combinations, type Dimension } from './cube.ts'

/** One group-by of the cube: its dimensions, and its cells, the combinations of their values that occur. */
export type Cuboid = {
  /** Places in `cube.dimensions`, ascending. */
  readonly dims: readonly number[]
  readonly cells: number
  /** How many leaves each cell has. */
  readonly leaves: Int32Array
  /** A leaf of each cell: its codes are the cell's values. */
  readonly leaf: Int32Array
  /** The finer cuboid that this one is added up from, as a place in the lattice; null: from the leaves. */
  readonly from: number | null
  /** Cell of `from` (or leaf) → cell here. */
  readonly up: Int32Array
}

/**
 * Every cuboid, finer before coarser, down to the whole cube as one cell. Each knows the finer one with the fewest cells to be
 * added up from, so a sum over all cuboids of a dense cube costs a few times its leaves and not 2^dimensions times.
 *
 * Where the cells of all cuboids would be more than `cells_max`, the finest layers are left out, for nobody could read
 * an answer of that many words; layer 1 is always there.
 */
export function latticeOf(cube: Cube, cells_max: number): Cuboid[] {
  const layers = new Map<number, readonly number[][]>()
  for (let layer = 1; layer <= cube.dimensions.length; layer++)
    layers.set(layer, choices(cube.dimensions.length, layer))
  const deepest = deepestLayer(cube, layers, cells_max)
  const lattice: Cuboid[] = []
  for (let layer = deepest; layer >= 1; layer--) {
    const parents = lattice.flatMap((cuboid, at) => (cuboid.dims.length === layer + 1 ? [at] : []))
    for (const dims of layers.get(layer)!) lattice.push(cuboidOf(cube, dims, lattice, parents))
  }
  const whole = { dims: [], cells: 1, leaves: Int32Array.of(cube.real.length), leaf: Int32Array.of(0) }
  const coarsest = lattice.at(-1)
  // Of what has one value in every dimension there is only the whole.
  if (coarsest === undefined) return [{ ...whole, from: null, up: new Int32Array(cube.real.length) }]
  return [...lattice, { ...whole, from: lattice.length - 1, up: new Int32Array(coarsest.cells) }]
}

/** The place of the cuboid of these dimensions (ascending), or null where it was left out. */
export function cuboidAt(lattice: readonly Cuboid[], dims: readonly number[]): number | null {
  const at = lattice.findIndex(
    (cuboid) => cuboid.dims.length === dims.length && cuboid.dims.every((d, k) => d === dims[k]),
  )
  return at === -1 ? null : at
}

function cuboidOf(cube: Cube, dims: readonly number[], lattice: readonly Cuboid[], parents: readonly number[]): Cuboid {
  const from = parents
    .filter((at) => dims.every((d) => lattice[at]!.dims.includes(d)))
    .reduce<number | null>((best, at) => (best === null || lattice[at]!.cells < lattice[best]!.cells ? at : best), null)
  if (from === null && dims.length === cube.dimensions.length) {
    const every = new Int32Array(cube.real.length).map((_, leaf) => leaf)
    return { dims, cells: every.length, leaves: every.map(() => 1), leaf: every, from, up: every }
  }
  const finer = from === null ? null : lattice[from]!
  const rows = finer === null ? cube.real.length : finer.cells
  const { ids, count } = combinations(
    dims.map((d) => columnOf(cube.dimensions[d]!, finer?.leaf ?? null)),
    rows,
  )
  const leaf = new Int32Array(count)
  const sizes = new Int32Array(count)
  for (let row = rows - 1; row >= 0; row--) {
    leaf[ids[row]!] = finer === null ? row : finer.leaf[row]!
    sizes[ids[row]!]! += finer === null ? 1 : finer.leaves[row]!
  }
  return { dims, cells: count, leaves: sizes, leaf, from, up: ids }
}

function columnOf({ codes, values }: Dimension, leaves: Int32Array | null): CodeColumn {
  if (leaves === null) return { codes, count: values.length }
  const out = new Int32Array(leaves.length)
  for (let row = 0; row < leaves.length; row++) out[row] = codes[leaves[row]!]!
  return { codes: out, count: values.length }
}

/** Bounded from above: a cuboid has no more cells than leaves, nor than combinations of its values. */
function deepestLayer(cube: Cube, layers: ReadonlyMap<number, readonly number[][]>, cells_max: number): number {
  let cells = 0
  for (const [layer, cuboids] of layers) {
    for (const dims of cuboids) {
      const possible = dims.reduce((product, d) => product * cube.dimensions[d]!.values.length, 1)
      cells += Math.min(possible, cube.real.length)
    }
    if (cells > cells_max && layer > 1) return layer - 1
  }
  return cube.dimensions.length
}

/** All ways to choose `size` of the numbers below `count`, ascending. */
function choices(count: number, size: number, first = 0): number[][] {
  if (size === 0) return [[]]
  const out: number[][] = []
  for (let one = first; one <= count - size; one++) {
    for (const rest of choices(count, size - 1, one + 1)) out.push([one, ...rest])
  }
  return out
}
