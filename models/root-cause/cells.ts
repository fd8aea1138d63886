import type { Cube } from './cube.ts'
import type { Cuboid } from './lattice.ts'

/** Per dimension and value, its leaves. */
export type Postings = readonly (readonly Int32Array[])[]

export function postingsOf({ dimensions }: Cube): Postings {
  return dimensions.map(({ codes, values }) => {
    const sizes = new Int32Array(values.length)
    for (let leaf = 0; leaf < codes.length; leaf++) sizes[codes[leaf]!]!++
    const lists = Array.from(sizes, (size) => new Int32Array(size))
    sizes.fill(0)
    for (let leaf = 0; leaf < codes.length; leaf++) {
      const code = codes[leaf]!
      lists[code]![sizes[code]!++] = leaf
    }
    return lists
  })
}

/** The leaves of a cell that no cause has taken: those of its rarest value that have the other values too. */
export function freeLeaves(
  cube: Cube,
  { dims, leaf }: Cuboid,
  cell: number,
  postings: Postings,
  taken: Uint8Array,
): Int32Array {
  const wanted = dims.map((d) => {
    const { codes } = cube.dimensions[d]!
    const code = codes[leaf[cell]!]!
    return { codes, code, list: postings[d]![code]! }
  })
  wanted.sort((a, b) => a.list.length - b.list.length)
  const among = wanted.shift()?.list ?? Int32Array.from(cube.real.keys())
  const found = new Int32Array(among.length)
  let count = 0
  for (let k = 0; k < among.length; k++) {
    if (taken[among[k]!] === 0) found[count++] = among[k]!
  }
  // One dimension after the other, each over what the ones before have left.
  for (const { codes, code } of wanted) {
    let kept = 0
    for (let k = 0; k < count; k++) if (codes[found[k]!] === code) found[kept++] = found[k]!
    count = kept
  }
  return found.subarray(0, count)
}

/** The cell of a cuboid that a leaf is in. */
export function cellOf(lattice: readonly Cuboid[], at: number, leaf: number): number {
  const { from, up } = lattice[at]!
  return up[from === null ? leaf : cellOf(lattice, from, leaf)]!
}
