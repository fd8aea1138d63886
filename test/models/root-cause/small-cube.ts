import { drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'
import type { Cube } from '../../../models/root-cause/cube.ts'

/** The codes of a leaf, one per dimension, and what was expected of it → what came. */
export type Happening = (codes: readonly number[], expected: number) => number

/** A dense cube of dimensions a, b, c, … with expected values around 1,000 and errors of `noise`. */
export function smallCube(sizes: readonly number[], noise: number, seed: number, happening: Happening): Cube {
  const random = seeded(seed)
  const leaves = sizes.reduce((product, size) => product * size, 1)
  const codesOf = (leaf: number) =>
    sizes.map((size, d) => Math.floor(leaf / sizes.slice(d + 1).reduce((product, one) => product * one, 1)) % size)
  const expected = Float64Array.from({ length: leaves }, () => 500 + 1_000 * random())
  const real = expected.map((one, leaf) => happening(codesOf(leaf), one) * (1 + noise * drawNormal(random)))
  const dimensions = sizes.map((size, d) => ({
    name: 'abcdef'[d]!,
    values: Array.from({ length: size }, (_, k) => `${'abcdef'[d]}${k}`),
    codes: Int32Array.from({ length: leaves }, (_, leaf) => codesOf(leaf)[d]!),
  }))
  return { dimensions, real, expected }
}
