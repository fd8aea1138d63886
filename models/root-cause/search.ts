import { logSumExp } from '../math/log-sum-exp.ts'
import { cellOf, freeLeaves, postingsOf } from './cells.ts'
import type { Cube } from './cube.ts'
import type { Effect, Evidence } from './evidence.ts'
import { type Cuboid, cuboidAt } from './lattice.ts'
import { furtherCost, nameCost } from './price.ts'
import { type Suspect, startScan } from './scan.ts'
import { swayBound } from './sway.ts'

/** A cell that is held to be a cause. */
export type Found = {
  /** Place in the lattice. */
  readonly cuboid: number
  readonly cell: number
  /** What its leaves say for it against their noise (nats), the price of naming it taken off: what causes are chosen by. */
  readonly gain: number
  /** The same, but never more than the sway of forecasts leaves certain (`sway.ts`): the log odds that it is a cause. */
  readonly sure: number
  /** Those that no earlier cause had taken. */
  readonly leaves: Int32Array
  /** Per fine effect, ln P(its leaves | effect) − ln P(its leaves | noise). */
  readonly support: Float64Array
}

/**
 * Greedy: takes the cell that is worth most, sets its leaves aside, and looks again, until no cell is worth its name.
 *
 * Worth is a Bayes factor: the likelihood of the cell's leaves under one common effect, averaged over the sizes and
 * spreads that it may have, against noise. What the name costs (`price.ts`) is taken off, so that the stop rule and
 * "the smallest description wins" are one number. A further cell of a cuboid that already has a cause is cheaper when
 * it shares its effect: it is the same cause at a second place.
 *
 * @param before causes that are known already
 */
export function search(
  cube: Cube,
  lattice: readonly Cuboid[],
  evidence: Evidence,
  before: readonly Found[] = [],
): Found[] {
  const fine = evidence.weightsOf(FINE)
  const scan = startScan(lattice, evidence)
  const postings = postingsOf(cube)
  const taken = new Uint8Array(cube.real.length)
  const found: Found[] = []
  const take = (one: Found) => {
    found.push(one)
    for (const leaf of one.leaves) taken[leaf] = 1
    scan.take(one.leaves)
  }
  const costs = lattice.map((cuboid) => nameCost(cube.dimensions.length, cuboid))
  for (const one of before) take(one)
  const weigh = ({ cuboid, cell }: Suspect): Found => {
    const leaves = freeLeaves(cube, lattice[cuboid]!, cell, postings, taken)
    const support = evidence.total(leaves, fine)
    const alone = averageGain(support) - costs[cuboid]!
    const further = furtherGain(support, found, cuboid) - furtherCost(lattice[cuboid]!)
    const gain = Math.max(alone, further)
    const cost = further > alone ? furtherCost(lattice[cuboid]!) : costs[cuboid]!
    return {
      cuboid,
      cell,
      leaves,
      support,
      gain,
      sure: Math.min(gain, mostOf(support, lattice[cuboid]!, evidence) - cost),
    }
  }
  const best = (): Found | null => {
    const again = new Set(found.map(({ cuboid }) => cuboid))
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const suspects = scan.suspects((at) => (again.has(at) ? furtherCost(lattice[at]!) : costs[at]!))
      if (suspects.length === 0) return null
      let best: Found | null = null
      for (const suspect of suspects) {
        // What the coarse effects leave behind this far, the fine ones do not bring to the front.
        if (suspect.gain * 1.5 + 20 < (best?.gain ?? 0)) break
        const one = weigh(suspect)
        if (one.gain <= (best?.gain ?? SURE_MIN)) continue
        const mixed = evidence.untouched(one.leaves, fine, likeliest(one.support)) > untouchedMax(lattice[one.cuboid]!)
        if (mixed || one.sure < SURE_MIN) scan.drop(suspect)
        else best = one
      }
      if (best !== null) return best
      for (const suspect of suspects) scan.drop(suspect)
    }
    return null
  }
  while (found.length < CAUSES_MAX) {
    const next = best()
    if (next === null) break
    take(shortest(lattice, next))
  }
  return found
}

/**
 * The same leaves under fewer words: where an ad has one campaign, the campaign need not be said. Leaves decide and not
 * the price, for the price of a cuboid counts how many there are and not how long their names are.
 */
function shortest(lattice: readonly Cuboid[], one: Found): Found {
  const { dims, leaf } = lattice[one.cuboid]!
  const first = leaf[one.cell]!
  const leaves = lattice[one.cuboid]!.leaves[one.cell]!
  const shorter = dims
    .map((d) =>
      cuboidAt(
        lattice,
        dims.filter((other) => other !== d),
      ),
    )
    .filter((at) => at !== null)
    .map((cuboid) => ({ cuboid, cell: cellOf(lattice, cuboid, first) }))
    .filter(({ cuboid, cell }) => lattice[cuboid]!.leaves[cell]! === leaves)
    .sort((a, b) => lattice[a.cuboid]!.cells - lattice[b.cuboid]!.cells)[0]
  return shorter === undefined ? one : shortest(lattice, { ...one, ...shorter })
}

/** The effect that fits best, as a place in `FINE`. */
export function likeliest(support: Float64Array): number {
  let best = 0
  for (let effect = 1; effect < support.length; effect++) if (support[effect]! > support[best]!) best = effect
  return best
}

/** Spreads times sizes; a size above 1 is "everything", with a spread that reaches below. */
export const FINE: readonly Effect[] = [0.02, 0.05, 0.1, 'noise' as const].flatMap((spread) =>
  Array.from({ length: 45 }, (_, k) => ({ size: 0.1 + 0.025 * k, spread })),
)

/** A cell of which more than this is untouched only holds causes; it is none. A cause from outside touches all. */
function untouchedMax({ dims }: Cuboid): number {
  return dims.length === 0 ? 0.1 : 0.4
}

/** Lists of suspects that may all turn out to be nothing. */
const TRIES_MAX = 20
/** Nats: three to one. Nobody wants a cause named at even odds. */
export const SURE_MIN = Math.log(3)
/** More than anybody reads; also the bound on rounds. */
const CAUSES_MAX = 32

/** The most that a cell proves with the effect that fits it best. */
export function mostOf(support: Float64Array, { dims }: Cuboid, { sway }: Evidence): number {
  return swayBound(FINE[likeliest(support)]!.size, dims.length, sway)
}

/** ln of the likelihood ratio, averaged over all effects. */
export function averageGain(support: Float64Array): number {
  return logSumExp([...support]) - Math.log(support.length)
}

/** The average over the effects as a cause of the same cuboid makes them likely; −∞ without one. */
function furtherGain(support: Float64Array, found: readonly Found[], cuboid: number): number {
  return found
    .filter((one) => one.cuboid === cuboid)
    .map((one) => logSumExp([...support.map((value, k) => value + one.support[k]!)]) - logSumExp([...one.support]))
    .reduce((most, gain) => Math.max(most, gain), Number.NEGATIVE_INFINITY)
}
