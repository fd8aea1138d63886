/**
 * The ways in which creatives wear out, as curves of log cost per result with one unknown size each:
 * by exposure (size × log exposure), by age (size × days), by a sudden slump (size × an S-curve around one of many days).
 */

/** By exposure, by age, then slumps. */
export const EXPOSURE = 0
export const AGE = 1
export const FIRST_SLUMP = 2

/** Ages around which a slump may lie, in days, for a year: none in the first week, which is what "best" means. */
export const SLUMP_AGES: readonly number[] = Array.from({ length: 181 }, (_, i) => 6 + 2 * i)
export const SLUMP_STEP_DAYS = 2
export const SHAPES = FIRST_SLUMP + SLUMP_AGES.length

/** An S-curve's middle third takes about five days, the whole two weeks. */
const SLUMP_SCALE_DAYS = 3.5
/** So long before its middle a slump cannot be seen. */
export const SLUMP_BEGINS_DAYS = 14

/** Sizes with prior weights: log cost per unit of log exposure, per day, and of a whole slump. */
export const EXPOSURE_SIZES = geometric(0.1, 1.16, 24)
export const AGE_SIZES = geometric(0.004, 1.14, 24)
export const SLUMP_SIZES: readonly number[] = [0.3, 0.5, 0.75, 1, 1.3, 1.7]

function geometric(first: number, ratio: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first * ratio ** i)
}

/** How far a slump around `middle` has gone at `age`: 0 to 1. */
export function slump(age: number, middle: number): number {
  return 1 / (1 + Math.exp((middle - age) / SLUMP_SCALE_DAYS))
}

/** Age at which a slump of `size` reaches `level`; infinite where it never does. */
export function slumpReaches(level: number, size: number, middle: number): number {
  return size <= level ? Number.POSITIVE_INFINITY : middle + SLUMP_SCALE_DAYS * Math.log(level / (size - level))
}

/** How many slumps can be told from the level of the first days at this age. */
export function slumpsSeen(age: number): number {
  return Math.max(
    0,
    Math.min(SLUMP_AGES.length, Math.ceil((age + SLUMP_BEGINS_DAYS - SLUMP_AGES[0]!) / SLUMP_STEP_DAYS)),
  )
}

/** The value of every shape at an age, into `out`. */
export function shapesAt(age: number, log_exposure: number, out: Float64Array): void {
  out[EXPOSURE] = log_exposure
  out[AGE] = age
  const seen = slumpsSeen(age)
  for (let i = 0; i < seen; i++) out[FIRST_SLUMP + i] = slump(age, SLUMP_AGES[i]!)
}
