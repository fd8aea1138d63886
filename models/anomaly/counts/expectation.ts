import type { CountLaw } from './count-law.ts'

/** The law of a bucket, and the part of its dispersion that the next buckets share: how little the level is known. */
export type Expected = CountLaw & { readonly shared: number }

/** Hours of a week: the season of an hourly series. */
export const SEASON_SLOTS = 168

/** Singles that a series takes: counts and exposures of every slot of its week, and what is below. */
export const EXPECTATION_SINGLES = 2 * SEASON_SLOTS + 7
export const EXPOSURES = SEASON_SLOTS
const LEVEL_COUNT = 2 * SEASON_SLOTS
const LEVEL_EXPOSURE = LEVEL_COUNT + 1
const DISPERSION = LEVEL_COUNT + 2
const DISPERSION_WEIGHT = LEVEL_COUNT + 3
const ZEROS = LEVEL_COUNT + 4
const ZEROS_POSSIBLE = LEVEL_COUNT + 5
const BUCKETS = LEVEL_COUNT + 6

/** The level forgets as fast as a mean of two weeks of hours. */
const LEVEL_KEEPS = 1 - 1 / 336
/** A slot forgets as fast as a mean of half a year of weeks. */
const SLOT_KEEPS = 1 - 1 / 26
/** Dispersion and zeros forget as fast as a mean of six weeks of hours. */
const SPREAD_KEEPS = 1 - 1 / 1_008

/** The season of a series departs from its parent's by about a fifth: the weight of so many counts, two to four weeks. */
const SEASON_PRIOR = 25
/** The parent's dispersion has the weight of so many buckets. */
const DISPERSION_PRIOR = 20
/** Zeros are believed to be in excess only after some: so many buckets without any weigh against it. */
const ZEROS_PRIOR = 50
/** A residual beyond five standard deviations teaches the dispersion as much as one of five. */
const SQUARE_MAX = 25
const BUCKETS_MIN = 24
const HOURS = 24

/** What a series has from its parent until it knows better. */
export type Parent = {
  /** Profile of the week, mean 1. */
  readonly season: ArrayLike<number>
  readonly dispersion: number
}

/** What is known of a bucket besides the series' own past. */
export type Circumstances = {
  /** Hour of the week, 0 to 167. */
  readonly slot: number
  /** Holiday × maturity: how much of an ordinary, complete bucket is expected. */
  readonly factor: number
  /** Relative variance of that factor: how little it is known. */
  readonly factor_variance: number
}

/**
 * The law of the next count: level × season × factor, a negative binomial whose dispersion holds what is unsure of each
 * of them, too. Null while nothing was counted; not to be tested before `isKnown`.
 *
 * Level and season are ratios of counts to exposures with gamma priors (the season's is its parent's), each bucket
 * weighed by how much it tells, 1 / (1 + dispersion × mean): quasi-likelihood, after West and Harrison (1997), Bayesian
 * Forecasting and Dynamic Models, chapter 14.
 */
export function expect(
  memory: Float32Array,
  at: number,
  { slot, factor, factor_variance }: Circumstances,
  parent: Parent,
): Expected | null {
  if (memory[at + LEVEL_COUNT]! <= 0) return null
  const level = memory[at + LEVEL_COUNT]! / memory[at + LEVEL_EXPOSURE]!
  const known = SEASON_PRIOR + memory[at + slot]!
  const shared = 1 / memory[at + LEVEL_COUNT]! + factor_variance
  return {
    mean: level * seasonOf(memory, at, slot, parent) * factor,
    dispersion: dispersionOf(memory, at, parent) + shared + 1 / known,
    zeros: Math.max(0, memory[at + ZEROS]! / (ZEROS_PRIOR + memory[at + ZEROS_POSSIBLE]!)),
    shared,
  }
}

/**
 * Forgets what a slot of the week has taught: a count that is far off at one time of the week and not before or after
 * casts doubt on what was learnt of that time, and would do so every week.
 */
export function forgetSlot(memory: Float32Array, at: number, slot: number): void {
  memory[at + slot] = 0
  memory[at + EXPOSURES + slot] = 0
}

/** Whether a series has been seen for long enough that its law may be tested: a day of hours. */
export function isKnown(memory: Float32Array, at: number): boolean {
  return memory[at + BUCKETS]! >= BUCKETS_MIN
}

/** Buckets that a series has learnt: without a parent's profile its week is known only after some weeks. */
export function bucketsOf(memory: Float32Array, at: number): number {
  return memory[at + BUCKETS]!
}

/**
 * Learns a bucket. Zeros that the law cannot explain teach their own frequency, not the level.
 *
 * @param law what `expect` had said of it, or null
 * @param spreads whether what was missed by says something of the dispersion; false while the week is still unknown,
 *   of a series that has no parent to have it from
 */
export function learn(
  count: number,
  law: Expected | null,
  memory: Float32Array,
  at: number,
  { slot, factor }: Circumstances,
  parent: Parent,
  spreads = true,
): void {
  memory[at + BUCKETS]!++
  const season = seasonOf(memory, at, slot, parent)
  const own = dispersionOf(memory, at, parent)
  const mean = law?.mean ?? count
  const tells = 1 / (1 + own * mean)
  // Zeros before the first count are no law's: the series has not begun.
  if (mean === 0) return
  const counted = count > 0 || law === null ? 1 : countedShare(law, memory, at)
  const level = law === null ? mean / (season * factor) : law.mean / (season * factor)
  memory[at + LEVEL_COUNT] = memory[at + LEVEL_COUNT]! * LEVEL_KEEPS + counted * tells * count
  memory[at + LEVEL_EXPOSURE] = memory[at + LEVEL_EXPOSURE]! * LEVEL_KEEPS + counted * tells * season * factor
  // A level that is known from part of a day only would be taken for a season of that hour, and kept for half a year.
  if (law === null || (!spreads && memory[at + BUCKETS]! <= HOURS)) return
  // A slot is held against the level, so it learns the less the less that is known.
  const share = counted / (1 + (own + law.shared) * mean)
  memory[at + slot] = memory[at + slot]! * SLOT_KEEPS + share * count
  memory[at + EXPOSURES + slot] = memory[at + EXPOSURES + slot]! * SLOT_KEEPS + share * level * factor
  // While the level is a guess, residuals say more of it than of the dispersion.
  if (spreads && isKnown(memory, at)) learnSpread(count, law, own, counted, memory, at, parent)
}

/**
 * Takes back what a bucket has taught of level and spread, as if what was expected of it had come: it was the beginning of
 * something that nobody knew of yet. What has faded of it since is faded of what is taken back, too. Its time of the week
 * keeps what it has learnt: in young weeks that may be the week itself.
 *
 * @param law as `expect` had it, of the bucket's own mean
 * @param since buckets that were learnt after it
 */
export function unlearn(
  count: number,
  law: Expected,
  memory: Float32Array,
  at: number,
  parent: Parent,
  since: number,
): void {
  const { mean } = law
  const own = dispersionOf(memory, at, parent)
  const counted = count > 0 ? 1 : countedShare(law, memory, at)
  const missed = counted * (mean - count)
  memory[at + LEVEL_COUNT]! += (LEVEL_KEEPS ** since * missed) / (1 + own * mean)
  const weight = SPREAD_KEEPS ** since * counted * told(mean, parent) ** 2
  memory[at + DISPERSION]! += weight * (own - foundBy(count, law, own))
  memory[at + ZEROS]! -= SPREAD_KEEPS ** since * ((count === 0 ? 1 : 0) - zeroOf(mean, law.dispersion))
}

function learnSpread(
  count: number,
  law: CountLaw,
  own: number,
  counted: number,
  memory: Float32Array,
  at: number,
  parent: Parent,
): void {
  const { mean, dispersion } = law
  const weight = counted * told(mean, parent) ** 2
  memory[at + DISPERSION] = memory[at + DISPERSION]! * SPREAD_KEEPS + weight * foundBy(count, law, own)
  memory[at + DISPERSION_WEIGHT] = memory[at + DISPERSION_WEIGHT]! * SPREAD_KEEPS + weight
  const zero = zeroOf(mean, dispersion)
  memory[at + ZEROS] = memory[at + ZEROS]! * SPREAD_KEEPS + (count === 0 ? 1 : 0) - zero
  memory[at + ZEROS_POSSIBLE] = memory[at + ZEROS_POSSIBLE]! * SPREAD_KEEPS + 1 - zero
}

/** What a bucket tells of the dispersion: nearly all it can when its mean is large, little when Poisson noise hides it. */
function told(mean: number, { dispersion }: Parent): number {
  return (dispersion * mean) / (1 + dispersion * mean)
}

/** The dispersion that one miss alone would speak of. */
function foundBy(count: number, { dispersion, mean }: CountLaw, own: number): number {
  const square = Math.min((count - mean) ** 2, SQUARE_MAX * (mean + dispersion * mean * mean))
  return (square - mean) / (mean * mean) - (dispersion - own)
}

/** How likely a zero is a count, and not one of the additional zeros. */
function countedShare({ mean, dispersion, zeros }: CountLaw, memory: Float32Array, at: number): number {
  const zero = zeroOf(mean, dispersion)
  // One unexplained zero is no evidence of many: before some have come, half a chance is left to them.
  const excess = Math.max(zeros, 1 / (ZEROS_PRIOR + memory[at + ZEROS_POSSIBLE]!))
  return ((1 - excess) * zero) / ((1 - excess) * zero + excess)
}

function zeroOf(mean: number, dispersion: number): number {
  return (1 + dispersion * mean) ** (-1 / dispersion)
}

/** Factor of a slot of the week. */
export function seasonOf(memory: Float32Array, at: number, slot: number, parent: Parent): number {
  const prior = parent.season[slot]!
  return (SEASON_PRIOR + memory[at + slot]!) / (SEASON_PRIOR / prior + memory[at + EXPOSURES + slot]!)
}

/** Dispersion of the counts, without what is unsure of level and season. */
export function dispersionOf(memory: Float32Array, at: number, parent: Parent): number {
  const sum = DISPERSION_PRIOR * parent.dispersion + memory[at + DISPERSION]!
  return Math.max(1e-6, sum / (DISPERSION_PRIOR + memory[at + DISPERSION_WEIGHT]!))
}
