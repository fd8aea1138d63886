import type { Cuboid } from './lattice.ts'

/**
 * What it costs to name a cell as a cause, in nats: minus the logarithm of its probability, when every layer, every
 * cuboid of a layer and every cell of a cuboid are equally likely, and one more cause is as likely as none.
 *
 * @param dimensions of the cube; with none named, the whole cube is one more layer
 */
export function nameCost(dimensions: number, { dims, cells }: Cuboid): number {
  return Math.log(2 * (dimensions + 1) * cuboidsIn(dimensions, dims.length) * cells)
}

/** What a further cell costs in a cuboid that has a cause already, when it shares its effect. */
export function furtherCost({ cells }: Cuboid): number {
  return Math.log(2 * cells)
}

/** Dimensions over layer. */
function cuboidsIn(dimensions: number, layer: number): number {
  return Array.from({ length: layer }).reduce<number>((product, _, k) => (product * (dimensions - k)) / (k + 1), 1)
}
