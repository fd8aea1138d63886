import { freeLeaves, type Postings, postingsOf } from '../../models/root-cause/cells.ts'
import type { Cube } from '../../models/root-cause/cube.ts'
import { type Cuboid, latticeOf } from '../../models/root-cause/lattice.ts'
import type { Element } from './generate.ts'
import { elementOf } from './score.ts'

/**
 * RiskLoc (Kalander 2022, arXiv:2205.10004), written from the paper and its figures' defaults. Leaves whose deviation
 * lies beyond a cutoff are "anomalous"; layer by layer, from the coarsest, the element that explains most and whose
 * risk (weighted share of anomalous leaves, less how ill one common change fits them) is high enough is a cause; its
 * leaves are removed, until what is left of the anomalous ones explains less than 2 %.
 */
export function riskloc(cube: Cube): Element[] {
  const leaves = weigh(cube)
  const lattice = latticeOf(cube, 1_500_000).filter(({ dims }) => dims.length > 0)
  const postings = postingsOf(cube)
  const removed = new Uint8Array(cube.real.length)
  const pruned: Element[] = []
  const power_min = anomalousPower(leaves, removed) * POWER_SHARE_MIN
  const found: Element[] = []
  while (anomalousPower(leaves, removed) >= power_min) {
    const best = searchLayers(cube, lattice, leaves, postings, removed, pruned, power_min)
    if (best === null) break
    found.push(elementOf(cube, best.cuboid, best.cell))
    for (const leaf of freeLeaves(cube, best.cuboid, best.cell, postings, removed)) removed[leaf] = 1
  }
  return found
}

const RISK_MIN = 0.5
const POWER_SHARE_MIN = 0.02
/** Largest and smallest deviations that are left out when the cutoff is chosen. */
const OUTLIERS = 5

type Leaves = {
  readonly deviation: Float64Array
  /** Explanatory power: part of the whole change, turned so that the anomalous leaves have it above 0. */
  readonly power: Float64Array
  readonly anomalous: Uint8Array
  readonly weight: Float64Array
}

function weigh({ real, expected }: Cube): Leaves {
  const deviation = real.map((value, leaf) => {
    const sum = expected[leaf]! + value
    return sum === 0 ? 0 : (2 * (expected[leaf]! - value)) / sum
  })
  const sorted = Float64Array.from(new Set(deviation)).sort()
  const low = sorted[Math.min(OUTLIERS, sorted.length - 1)]!
  const high = sorted[Math.max(0, sorted.length - 1 - OUTLIERS)]!
  const cutoff = -(Math.abs(low) <= Math.abs(high) ? low : high)
  const change = real.reduce((sum, value, leaf) => sum + value - expected[leaf]!, 0)
  const power = real.map((value, leaf) => (value - expected[leaf]!) / change)
  const anomalous = Uint8Array.from(deviation, (one) => ((cutoff >= 0 ? one > cutoff : one < cutoff) ? 1 : 0))
  const weight = deviation.map((one, leaf) => {
    if (anomalous[leaf] === 1) return Math.min(1, Math.abs(one))
    return real[leaf] === 0 && expected[leaf] === 0 ? 0 : Math.min(1, Math.abs(cutoff - one))
  })
  const turned = power.reduce((sum, one, leaf) => sum + one * anomalous[leaf]!, 0) < 0
  return { deviation, power: turned ? power.map((one) => -one) : power, anomalous, weight }
}

function anomalousPower({ power, anomalous }: Leaves, removed: Uint8Array): number {
  return power.reduce((sum, one, leaf) => (removed[leaf] === 0 && anomalous[leaf] === 1 ? sum + one : sum), 0)
}

/** The best element of the coarsest layer that has any. */
function searchLayers(
  cube: Cube,
  lattice: readonly Cuboid[],
  leaves: Leaves,
  postings: Postings,
  removed: Uint8Array,
  pruned: Element[],
  power_min: number,
) {
  for (let layer = 1; layer <= cube.dimensions.length; layer++) {
    let best: { cuboid: Cuboid; cell: number; power: number } | null = null
    for (const cuboid of lattice) {
      if (cuboid.dims.length !== layer) continue
      const sums = sumCells(lattice, cuboid, leaves, removed)
      if (layer === 1) prune(cube, cuboid, sums, pruned, power_min)
      const order = Array.from(sums.power.keys())
        .filter((cell) => sums.anomalous[cell]! > 0 && sums.power[cell]! > (best?.power ?? power_min))
        .sort((a, b) => sums.power[b]! - sums.power[a]!)
      for (const cell of order) {
        const element = elementOf(cube, cuboid, cell)
        if (layer > 1 && pruned.some((one) => one.every((code, d) => code === -1 || code === element[d]))) continue
        if (risk(cube, leaves, freeLeaves(cube, cuboid, cell, postings, removed)) < RISK_MIN) continue
        best = { cuboid, cell, power: sums.power[cell]! }
        break
      }
    }
    if (best !== null) return best as { cuboid: Cuboid; cell: number }
  }
  return null
}

function sumCells(lattice: readonly Cuboid[], { cells, dims }: Cuboid, leaves: Leaves, removed: Uint8Array) {
  const path: Int32Array[] = []
  let cuboid = lattice.find((one) => one.dims === dims)!
  path.unshift(cuboid.up)
  while (cuboid.from !== null) {
    cuboid = lattice[cuboid.from]!
    path.unshift(cuboid.up)
  }
  const power = new Float64Array(cells)
  const gained = new Float64Array(cells)
  const anomalous = new Int32Array(cells)
  for (let leaf = 0; leaf < removed.length; leaf++) {
    if (removed[leaf] === 1) continue
    const cell = path.reduce((at, up) => up[at]!, leaf)
    power[cell]! += leaves.power[leaf]!
    gained[cell]! += Math.max(0, leaves.power[leaf]!)
    anomalous[cell]! += leaves.anomalous[leaf]!
  }
  return { power, gained, anomalous }
}

/** Values that cannot be part of a cause: nothing anomalous in them, or too little to matter. */
function prune(
  cube: Cube,
  cuboid: Cuboid,
  sums: { readonly gained: Float64Array; readonly anomalous: Int32Array },
  pruned: Element[],
  power_min: number,
): void {
  for (let cell = 0; cell < cuboid.cells; cell++) {
    if (sums.gained[cell]! < power_min || sums.anomalous[cell] === 0) pruned.push(elementOf(cube, cuboid, cell))
  }
}

function risk({ real, expected }: Cube, { deviation, anomalous, weight }: Leaves, members: Int32Array): number {
  let [hot, cold, all_real, all_expected, spread, count] = [0, 1, 0, 0, 0, 0]
  for (const leaf of members) {
    if (anomalous[leaf] === 1) hot += weight[leaf]!
    else cold += weight[leaf]!
    if (real[leaf] === 0 || expected[leaf] === 0) continue
    all_real += real[leaf]!
    all_expected += expected[leaf]!
    spread += Math.abs(deviation[leaf]!)
    count++
  }
  if (count === 0 || spread === 0) return hot / (hot + cold)
  let misfit = 0
  for (const leaf of members) {
    if (real[leaf] === 0 || expected[leaf] === 0) continue
    const common = (expected[leaf]! * all_real) / all_expected
    misfit += Math.abs((2 * (common - real[leaf]!)) / (common + real[leaf]!))
  }
  return hot / (hot + cold) - misfit / spread
}
