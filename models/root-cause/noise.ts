import erfc from '@stdlib/math-base-special-erfc'
import type { Cube } from './cube.ts'

/**
 * What the leaves do when nothing is wrong. The relative error of a leaf is (after − before) / the larger of the two;
 * its standard deviation at an expected value m is √(relative² + dispersion / m + rounding / m²).
 */
export type Noise = {
  readonly relative: number
  /** Variance of a sum of m unit counts, divided by m: 1 for Poisson counts, in the unit of the metric. */
  readonly dispersion: number
  /** Variance that rounding has left, in the square of the unit of the metric. */
  readonly rounding: number
  /** Share of leaves that are anywhere, for no reason. */
  readonly stray: number
}

/**
 * Learns it from the leaves that changed in the other direction than the whole, because nothing that is looked for is
 * among them: neither a cause that holds half of the cube nor a hundred small ones widen it. Where all values are
 * counts, Poisson's law is taken for granted and only what goes beyond it is learnt.
 *
 * @param change per leaf, relative, in −1 … 1; only those > 0 are looked at
 * @param level per leaf, what was expected, in the unit of the metric
 */
export function learnNoise(cube: Cube, change: Float64Array, level: Float64Array): Noise {
  const clean = cleanLeaves(change)
  const [whole, plan] = [areWhole(cube.real), areWhole(cube.expected)]
  // A forecast of counts is no whole number; where both sides are, they are more likely amounts that were rounded.
  const counts = whole && !plan
  const rounding = whole && plan ? 2 * ROUNDED : 0
  if (clean.length < CLEAN_MIN)
    return { relative: RELATIVE_UNKNOWN, dispersion: counts ? 1 : 0, rounding, stray: STRAY_MIN }
  const spread = byLevel(clean, level).map((group) => {
    const changes = new Float64Array(group.length)
    for (let k = 0; k < group.length; k++) changes[k] = change[group[k]!]!
    return { level: level[group[group.length >> 1]!]!, sigma: Math.max(RELATIVE_MIN, sigmaOf(changes.sort())) }
  })
  const fit = counts ? { relative: beyondPoisson(cube, spread), dispersion: 1 } : fitSpread(unrounded(spread, rounding))
  const known = { ...fit, rounding }
  let far = 0
  for (let k = 0; k < clean.length; k++) {
    const leaf = clean[k]!
    const sigma = spreadAt(known, level[leaf]!)
    if (change[leaf]! > 4 * sigma && beyond(change[leaf]!, sigma) < STRAY_MIN) far++
  }
  return { ...known, stray: Math.max(STRAY_MIN, far / clean.length) }
}

/**
 * The relative spread that counts have besides Poisson's: from the groups of large counts, else from the squares of all
 * small ones (their quantiles are steps, and say nothing).
 */
function beyondPoisson({ real, expected }: Cube, spread: readonly { level: number; sigma: number }[]): number {
  const large = spread.filter(({ level }) => level >= COUNTS_LARGE)
  if (large.length >= 3) {
    const squares = large.map(({ level, sigma }) => sigma ** 2 - 1 / level).sort((a, b) => a - b)
    return Math.sqrt(Math.max(RELATIVE_MIN ** 2, squares[squares.length >> 1]!))
  }
  let [more, squares] = [0, 0]
  for (let leaf = 0; leaf < real.length; leaf++) {
    const m = expected[leaf]!
    if (m <= 0 || m >= COUNTS_LARGE) continue
    more += (real[leaf]! - m) ** 2 - m
    squares += m * m
  }
  return Math.sqrt(Math.max(RELATIVE_MIN ** 2, squares === 0 ? 0 : more / squares))
}

/** Leaves that changed the other way, in their order; of very many a part, by a hash that knows no dimension's rhythm. */
function cleanLeaves(change: Float64Array): Int32Array {
  const every = Math.ceil(change.length / LEAVES_MAX)
  const clean = new Int32Array(change.length)
  let count = 0
  for (let leaf = 0; leaf < change.length; leaf++) {
    if (change[leaf]! > 0 && (Math.imul(leaf, 0x9e3779b1) >>> 8) % every === 0) clean[count++] = leaf
  }
  return clean.subarray(0, count)
}

/** Groups of like size by level, lowest first; within a group in no order. */
function byLevel(leaves: Int32Array, level: Float64Array): Int32Array[] {
  const groups = Math.min(GROUPS_MAX, Math.max(1, Math.floor(leaves.length / GROUP_MIN)))
  const sorted = new Float64Array(leaves.length)
  for (let k = 0; k < leaves.length; k++) sorted[k] = level[leaves[k]!]!
  sorted.sort()
  const bounds = Array.from({ length: groups - 1 }, (_, g) => sorted[Math.floor(((g + 1) * leaves.length) / groups)]!)
  const members: number[][] = Array.from({ length: groups }, () => [])
  for (let k = 0; k < leaves.length; k++) {
    const leaf = leaves[k]!
    let group = 0
    while (group < bounds.length && level[leaf]! >= bounds[group]!) group++
    members[group]!.push(leaf)
  }
  return members.filter(({ length }) => length > 0).map((group) => Int32Array.from(group))
}

/** Standard deviation of the relative error of a leaf of which `level` was expected. */
export function spreadAt({ relative, dispersion, rounding }: Omit<Noise, 'stray'>, level: number): number {
  const m = Math.max(level, 1e-150)
  return Math.sqrt(relative * relative + dispersion / m + rounding / (m * m))
}

function areWhole(values: Float64Array): boolean {
  return values.every((value) => Number.isInteger(value))
}

/** Variance of what rounding to whole numbers takes away. */
const ROUNDED = 1 / 12

/** From here on a count is nearly normal. */
const COUNTS_LARGE = 25
/** Fewer leaves tell nothing about noise. */
const CLEAN_MIN = 8
/** What is taken for granted then: a forecast that is off by a tenth. */
const RELATIVE_UNKNOWN = 0.1
/** No forecast of anything is better than to 1 %, whatever a few leaves say. */
const RELATIVE_MIN = 0.01
const STRAY_MIN = 1e-7
const LEAVES_MAX = 16_000
const GROUPS_MAX = 12
const GROUP_MIN = 40

/**
 * Standard deviation from the sizes of errors of one sign, sorted: what the median, the 9th decile and the 99th
 * percentile say, whichever is largest, for tails that are heavier than normal must not pass for causes.
 */
function sigmaOf(sizes: Float64Array): number {
  return [0.5, 0.9, 0.99]
    .filter((p) => sizes.length * (1 - p) >= 5)
    .reduce((most, p) => Math.max(most, sigmaFor(p, sizes[Math.floor(p * sizes.length)]!)), 0)
}

/** Solves beyond(size, σ) = 1 − p by bisection. */
function sigmaFor(p: number, size: number): number {
  if (size >= 1) return 3
  let low = 1e-4
  let high = 3
  for (let i = 0; i < 40; i++) {
    const middle = Math.sqrt(low * high)
    if (beyond(size, middle) < 1 - p) low = middle
    else high = middle
  }
  return low
}

/**
 * Probability that an error of given sign is larger in size. An error relative to the forecast and one relative to the
 * value are taken for equally likely, since nobody knows which of the two is off: e, or e/(1+e) as a share of the larger.
 */
function beyond(size: number, sigma: number): number {
  return size >= 1 ? 0 : 0.5 * erfc(size / sigma / Math.SQRT2) + 0.5 * erfc(size / (1 - size) / sigma / Math.SQRT2)
}

/** What the spread was before rounding, of the groups that are large enough to tell. */
function unrounded(spread: readonly { level: number; sigma: number }[], rounding: number) {
  if (rounding === 0) return spread
  const large = spread.filter(({ level }) => level > 10)
  return (large.length === 0 ? spread.slice(-1) : large).map(({ level, sigma }) => {
    return { level, sigma: Math.sqrt(Math.max(RELATIVE_MIN ** 2, sigma ** 2 - rounding / level ** 2)) }
  })
}

/** Least squares on the log scale over the share of the dispersion; a constant spread wins unless it fits worse. */
function fitSpread(spread: readonly { level: number; sigma: number }[]) {
  const candidates = [0, ...spread.flatMap(({ level }) => [level / 9, level, level * 9])].map((ratio) => {
    const logs = spread.map(({ level, sigma }) => 2 * Math.log(sigma) - Math.log1p(ratio / level))
    const log = logs.reduce((sum, one) => sum + one, 0) / logs.length
    const error = logs.reduce((sum, one) => sum + (one - log) ** 2, 0) / logs.length
    return { relative: Math.exp(log / 2), dispersion: Math.exp(log) * ratio, error }
  })
  const best = candidates.reduce((a, b) => (b.error < a.error ? b : a))
  return candidates[0]!.error <= best.error * 1.5 + 0.01 ? candidates[0]! : best
}
