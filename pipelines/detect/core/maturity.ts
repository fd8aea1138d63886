import type { Metric } from './scope.ts'

/**
 * How complete reports are by their age: of what is known of an hour in the end, the part that was known when it was so
 * many hours old. By platform and metric, for each of {@link AGES_H}; what is missing is complete from the first.
 */
export type Maturity = ReadonlyMap<string, Readonly<Partial<Record<Metric, readonly number[]>>>>

/** Parts of what is known in the end, of the metrics that have any missing. */
export type Completeness = Readonly<Partial<Record<Metric, number>>>

/** Hours since the end of a bucket. Platforms look again after an hour, a night and some days. */
export const AGES_H = [2, 6, 12, 24, 48, 96] as const

/** What nobody has seen restated yet. */
export const NO_MATURITY: Maturity = new Map()

/**
 * How complete the numbers of a bucket are.
 *
 * @param age_h whole hours of the same source that have closed since, 0 for the newest
 */
export function completeAt(maturity: Maturity, platform: string, age_h: number): Completeness {
  const known = maturity.get(platform)
  const at = AGES_H.findIndex((age) => age_h < age)
  if (known === undefined || at === -1) return {}
  return Object.fromEntries(Object.entries(known).map(([metric, parts]) => [metric, parts[at]!]))
}

/**
 * The part that was known at an age, drawn to all of it while little was seen.
 *
 * @param then, now sums of a count when it was young and as it is known today
 */
export function partKnown(then: number, now: number): number {
  return Math.min(PART_MAX, Math.max(PART_MIN, (COUNTS_PRIOR + then) / (COUNTS_PRIOR + now)))
}

/** What is taken back later, clicks that were no people's, makes more than all of what is known in the end. */
const PART_MAX = 1.5
const PART_MIN = 0.1
const COUNTS_PRIOR = 50
