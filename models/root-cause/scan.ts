import type { Effect, Evidence, LeafWeights } from './evidence.ts'
import type { Cuboid } from './lattice.ts'

/** A cell that may be a cause, with what the coarse effects say for it, less the cost of naming it (nats). */
export type Suspect = { readonly cuboid: number; readonly cell: number; readonly gain: number }

export type Scan = {
  /** Takes these leaves out of every cell. */
  take(leaves: Int32Array): void
  /** Does not name this cell again, unless some of its leaves are taken. */
  drop(suspect: Suspect): void
  /** @param cost of naming a cell of a cuboid, in nats @returns the best cells, best first */
  suspects(cost: (cuboid: number) => number): Suspect[]
}

/**
 * All cells of all cuboids against a coarse list of effects: one pass over the lattice, then only what changes. Where
 * every cell is one leaf, more than half of all cells, their sums are not kept: they are looked up by leaf.
 */
export function startScan(lattice: readonly Cuboid[], evidence: Evidence): Scan {
  const weights = evidence.weightsOf(COARSE)
  const sums: (Float64Array | null)[] = []
  for (const cuboid of lattice) sums.push(sumsOf(cuboid, sums, evidence, weights))
  const peaks = sums.map((here, at) => (here === null ? leafPeaks(lattice[at]!, evidence, weights) : peaksOf(here)))
  const ratios = new Float64Array(EFFECTS)
  const cellAt = new Int32Array(lattice.length)
  return {
    take(leaves) {
      for (let k = 0; k < leaves.length; k++) {
        evidence.add(leaves[k]!, weights, ratios.fill(0), 0)
        for (let at = 0; at < lattice.length; at++) {
          const { from, up } = lattice[at]!
          const cell = up[from === null ? leaves[k]! : cellAt[from]!]!
          cellAt[at] = cell
          const here = sums[at]!
          peaks[at]![cell] = here === null ? -Infinity : subtract(here, cell * EFFECTS, ratios)
        }
      }
    },
    drop({ cuboid, cell }) {
      peaks[cuboid]![cell] = -Infinity
    },
    suspects(cost) {
      const best: Suspect[] = []
      peaks.forEach((here, cuboid) => {
        keepBest(best, cuboid, here, cost(cuboid))
      })
      return best
    },
  }
}

const COARSE: readonly Effect[] = Array.from({ length: 9 }, (_, k) => ({ size: 0.14 + 0.11 * k, spread: 0.08 }))
const EFFECTS = COARSE.length
const SUSPECTS = 24
/** The coarse effects may miss by a few nats what the fine ones find. */
const GAIN_MIN = -6

/** @param finer the sums of the cuboids before this one @returns null where the cells are leaves */
function sumsOf(
  { cells, from, up }: Cuboid,
  finer: readonly (Float64Array | null)[],
  evidence: Evidence,
  weights: LeafWeights,
): Float64Array | null {
  if (from === null && cells === up.length) return null
  const here = new Float64Array(cells * EFFECTS)
  const below = from === null ? null : finer[from]!
  for (let row = 0; row < up.length; row++) {
    const to = up[row]! * EFFECTS
    if (below === null) evidence.add(row, weights, here, to)
    else for (let effect = 0, at = row * EFFECTS; effect < EFFECTS; effect++, at++) here[to + effect]! += below[at]!
  }
  return here
}

function peaksOf(sums: Float64Array): Float64Array {
  const peaks = new Float64Array(sums.length / EFFECTS)
  for (let cell = 0, at = 0; cell < peaks.length; cell++) {
    let peak = sums[at++]!
    for (let effect = 1; effect < EFFECTS; effect++, at++) if (sums[at]! > peak) peak = sums[at]!
    peaks[cell] = peak
  }
  return peaks
}

function leafPeaks({ cells }: Cuboid, evidence: Evidence, weights: LeafWeights): Float64Array {
  const peaks = new Float64Array(cells)
  const ratios = new Float64Array(EFFECTS)
  for (let leaf = 0; leaf < cells; leaf++) {
    evidence.add(leaf, weights, ratios.fill(0), 0)
    let peak = ratios[0]!
    for (let effect = 1; effect < EFFECTS; effect++) if (ratios[effect]! > peak) peak = ratios[effect]!
    peaks[leaf] = peak
  }
  return peaks
}

/** @returns what is left at best */
function subtract(sums: Float64Array, from: number, ratios: Float64Array): number {
  let peak = -Infinity
  for (let effect = 0; effect < EFFECTS; effect++) {
    const left = sums[from + effect]! - ratios[effect]!
    sums[from + effect] = left
    if (left > peak) peak = left
  }
  return peak
}

function keepBest(best: Suspect[], cuboid: number, peaks: Float64Array, cost: number): void {
  let least = best.length === SUSPECTS ? best.at(-1)!.gain : GAIN_MIN
  for (let cell = 0; cell < peaks.length; cell++) {
    const gain = peaks[cell]! - cost
    if (gain <= least) continue
    if (best.length === SUSPECTS) best.pop()
    let place = best.length
    while (place > 0 && best[place - 1]!.gain < gain) place--
    best.splice(place, 0, { cuboid, cell, gain })
    if (best.length === SUSPECTS) least = best.at(-1)!.gain
  }
}
