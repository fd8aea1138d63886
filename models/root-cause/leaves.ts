import type { Cube } from './cube.ts'

/** The side on which the sums went: real below expected, or above. */
export type Direction = 'fall' | 'rise'

/**
 * Each leaf as its relative change (after − before) / the larger, seen so that a cause makes it negative: for a rise,
 * real and expected change places, so that a cause scales the larger down to the smaller in both directions alike.
 *
 * @returns `change` in −1 … 1, NaN for a leaf without any value; `level`, what was expected of it (else what came)
 */
export function leavesOf({ real, expected }: Cube, direction: Direction) {
  const [before, after] = direction === 'fall' ? [expected, real] : [real, expected]
  const change = new Float64Array(real.length)
  const level = new Float64Array(real.length)
  for (let leaf = 0; leaf < real.length; leaf++) {
    const larger = Math.max(Math.abs(before[leaf]!), Math.abs(after[leaf]!))
    change[leaf] = larger === 0 ? Number.NaN : Math.max(-1, Math.min(1, (after[leaf]! - before[leaf]!) / larger))
    level[leaf] = expected[leaf]! > 0 ? expected[leaf]! : larger
  }
  return { change, level }
}
