import erfc from '@stdlib/math-base-special-erfc'
import type { Cube } from './cube.ts'
import { type Direction, leavesOf } from './leaves.ts'
import { learnNoise, type Noise, spreadAt } from './noise.ts'
import { learnSway, type Sway } from './sway.ts'

/** What a cause may do to each of its leaves: scale the larger side down by `size`, with a standard deviation. */
export type Effect = {
  /** Share that is lost: 1 is everything; a little more is allowed, where `spread` reaches below 1. */
  readonly size: number
  /** Of the share lost, from leaf to leaf; "noise": as much as the leaves have anyway. */
  readonly spread: number | 'noise'
}

/**
 * How much likelier each leaf is under each effect than under noise alone, as natural logarithms: what is added up over
 * the leaves of a cell.
 */
export type Evidence = {
  readonly noise: Noise
  /** See `learnSway`. */
  readonly sway: Sway
  weightsOf(effects: readonly Effect[]): LeafWeights
  /** Adds the ratios of one leaf to `sums`, from `at` on. */
  add(leaf: number, weights: LeafWeights, sums: Float64Array, at: number): void
  /** The ratios of many leaves together. */
  total(leaves: Int32Array, weights: LeafWeights): Float64Array
  /** The share of leaves that plainly do not follow the effect; of those that tell it one by one, so not of few counts. */
  untouched(leaves: Int32Array, weights: LeafWeights, effect: number): number
}

/** Ratios for one list of effects, by kind of leaf: see `tableFor`. */
export type LeafWeights = {
  readonly effects: readonly Effect[]
  readonly tables: (Float64Array | undefined)[]
  /** Per effect, ln of what is left and its exact change: Poisson's law needs no more. */
  readonly log_factor: Float64Array
  readonly factor_less_one: Float64Array
}

/**
 * The relative change of a leaf is compared by size with normal errors; it has 201 steps, and leaves of like spread
 * share a table. Leaves of a few counts, whose changes are anything but normal, are compared by Poisson's law instead.
 */
export function evidenceOf(cube: Cube, direction: Direction): Evidence {
  const { change, level } = leavesOf(cube, direction)
  const noise = learnNoise(cube, change, level)
  const { kinds, steps, base } = sortLeaves(change, level, noise)
  const counts = countsOf(cube, noise, kinds)
  const tableOf = (weights: LeafWeights, kind: number) =>
    (weights.tables[kind] ??= tableFor(weights.effects, base * Math.exp(kind * KIND_STEP), noise.stray))
  const addCounts = (real: number, expected: number, weights: LeafWeights, sums: Float64Array, at: number) => {
    const { log_factor, factor_less_one } = weights
    for (let effect = 0; effect < log_factor.length; effect++) {
      sums[at + effect]! += real * log_factor[effect]! - expected * factor_less_one[effect]!
    }
  }
  return {
    noise,
    sway: learnSway(cube, noise),
    weightsOf: (effects) => {
      const factors = effects.map(({ size }) =>
        direction === 'fall' ? 1 - Math.min(size, LOST_MAX) : 1 / (1 - Math.min(size, LOST_MAX)),
      )
      return {
        effects,
        tables: [],
        log_factor: Float64Array.from(factors, Math.log),
        factor_less_one: Float64Array.from(factors, (factor) => factor - 1),
      }
    },
    add(leaf, weights, sums, at) {
      const kind = kinds[leaf]!
      if (kind === SILENT) return
      if (kind === SPARSE) return addCounts(counts.real[leaf]!, counts.expected[leaf]!, weights, sums, at)
      const table = tableOf(weights, kind)
      const count = weights.effects.length
      const from = steps[leaf]! * count
      for (let effect = 0; effect < count; effect++) sums[at + effect]! += table[from + effect]!
    },
    total(leaves, weights) {
      const sums = new Float64Array(weights.effects.length)
      const histograms = new Map<number, Uint32Array>()
      let last = SILENT
      let histogram: Uint32Array | null = null
      let real = 0
      let expected = 0
      for (let k = 0; k < leaves.length; k++) {
        const leaf = leaves[k]!
        const kind = kinds[leaf]!
        if (kind === SPARSE) {
          real += counts.real[leaf]!
          expected += counts.expected[leaf]!
        } else if (kind !== SILENT) {
          if (kind !== last || histogram === null) {
            last = kind
            histogram = histograms.get(kind) ?? new Uint32Array(STEPS)
            histograms.set(kind, histogram)
          }
          histogram[steps[leaf]!]!++
        }
      }
      addCounts(real, expected, weights, sums, 0)
      for (const [kind, histogram] of histograms) addSteps(histogram, tableOf(weights, kind), sums)
      return sums
    },
    untouched(leaves, weights, effect) {
      let telling = 0
      let untouched = 0
      for (let k = 0; k < leaves.length; k++) {
        const leaf = leaves[k]!
        const kind = kinds[leaf]!
        if (kind === SILENT || kind === SPARSE) continue
        telling++
        if (tableOf(weights, kind)[steps[leaf]! * weights.effects.length + effect]! < PLAINLY_NOT) untouched++
      }
      return telling === 0 ? 0 : untouched / telling
    },
  }
}

function sortLeaves(change: Float64Array, level: Float64Array, noise: Noise) {
  const base = Math.max(noise.relative, SPREAD_MIN)
  const kinds = new Int16Array(change.length)
  const steps = new Uint8Array(change.length)
  for (let leaf = 0; leaf < change.length; leaf++) {
    const one = level[leaf]!
    if (Number.isNaN(change[leaf]!) || noise.rounding > (one * ROUNDED_MAX) ** 2) kinds[leaf] = SILENT
    else if (noise.dispersion > 0 || noise.rounding > 0) {
      const sparse = noise.dispersion > one * SPARSE_SPREAD ** 2
      kinds[leaf] = sparse ? SPARSE : Math.max(0, Math.round(Math.log(spreadAt(noise, one) / base) / KIND_STEP))
    }
    steps[leaf] = Math.round((change[leaf]! + 1) / STEP)
  }
  return { kinds, steps, base }
}

/**
 * What Poisson's law is told of a leaf of few counts: both sums in units of the variance per count expected, so that
 * what is spread wider proves less. A count far out of the way tells no more than that it is.
 */
function countsOf({ real, expected }: Cube, { dispersion, relative }: Noise, kinds: Int16Array) {
  const scaled = { real: new Float64Array(kinds.length), expected: new Float64Array(kinds.length) }
  for (let leaf = 0; leaf < kinds.length; leaf++) {
    if (kinds[leaf] !== SPARSE) continue
    const m = Math.max(0, expected[leaf]!)
    const unit = dispersion + relative ** 2 * m
    scaled.real[leaf] = Math.max(0, Math.min(real[leaf]!, m + 6 * Math.sqrt(unit * m) + 6 * unit)) / unit
    scaled.expected[leaf] = m / unit
  }
  return scaled
}

function addSteps(histogram: Uint32Array, table: Float64Array, sums: Float64Array): void {
  histogram.forEach((leaves, step) => {
    if (leaves === 0) return
    for (let effect = 0, from = step * sums.length; effect < sums.length; effect++) {
      sums[effect]! += leaves * table[from + effect]!
    }
  })
}

const SPREAD_MIN = 0.02
/** Kinds of leaves: spreads grow by this factor (natural logarithm) from one to the next. */
const KIND_STEP = 0.14
const SILENT = -1
const SPARSE = -2
/** Relative standard deviation of counting alone above which a leaf is compared by Poisson's law: 100 counts. */
const SPARSE_SPREAD = 0.1
/** Relative standard deviation of rounding above which a leaf says nothing: whole numbers up to 2. */
const ROUNDED_MAX = 0.2
/** Poisson's law never believes that really nothing can come. */
const LOST_MAX = 0.98

/** Nats against the effect. */
const PLAINLY_NOT = -2

const STEP = 0.01
const STEPS = 201
/** Share of a cause's leaves that it leaves alone: next to none, or its name is wrong. */
const UNTOUCHED = 1e-4
/** Share that lost something else, for a second cause holds them too. */
const OTHERWISE = 0.003

/** ln(P(step | effect) / P(step | noise)) at [step × effects + effect]. */
function tableFor(effects: readonly Effect[], sigma: number, stray: number): Float64Array {
  const table = new Float64Array(STEPS * effects.length)
  for (let step = 0; step < STEPS; step++) {
    const change = step * STEP - 1
    const anywhere = step === 0 ? 0.1 : 0.45 * STEP
    const usual = (1 - stray) * usualShare(change, sigma) + stray * anywhere
    const odd = UNTOUCHED * usual + (change < 0 ? OTHERWISE * anywhere : 0)
    effects.forEach(({ size, spread }, effect) => {
      // An effect whose spread reaches no effect would fit a mixture of leaves that have it and leaves that have not.
      const width = Math.min(size / 3, spread === 'noise' ? Math.hypot(0.03, sigma * Math.max(0, 1 - size)) : spread)
      const caused =
        step === 0 ? below((STEP / 2 - 1 + size) / width) : (density((change + size) / width) / width) * STEP
      table[step * effects.length + effect] = Math.log(((1 - OTHERWISE) * caused + odd) / usual)
    })
  }
  return table
}

/** Chance of a step under noise: an error of either side, see `learnNoise`; everything beyond the ends is at the ends. */
function usualShare(change: number, sigma: number): number {
  const size = Math.abs(change)
  if (size > 1 - STEP / 2) return 0.5 * below((STEP / 2 - 1) / sigma)
  const far = size / (1 - size)
  return (0.5 * STEP * (density(size / sigma) + density(far / sigma) / (1 - size) ** 2)) / sigma
}

function density(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
}

function below(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2)
}
