import { seasonMean } from './season.ts'

/** Reals that the residuals of a series need. */
export const RESIDUAL_REALS = 5
const SEASON_ERROR = 0
const LEVEL_ERROR = 1
const ABOVE = 2
const BELOW = 3
const JUMP = 4

/** Errors and spreads forget as fast as a mean of 500 points: two days of five minutes. */
const RATE_MIN = 0.002
/** A residual of more than five mean deviations counts as five: one outlier is no drift. */
const RESIDUAL_MAX = 5

/**
 * How far a value lies off what its level and its time of day let expect, in mean deviations of its side, at most 5.
 * The two expectations are weighed by how well they have done (inverse squared mean errors), so that a series without
 * a day has none, and one that is all day has nothing else. Learns the errors.
 *
 * @param value and `level` relative to the origin of the series
 * @param reals those of the residuals begin at `at`, the profile of the day at `season` of `singles`
 * @param count points seen before this one, at least 1
 */
export function residualOf(
  value: number,
  level: number,
  time_s: number,
  reals: Float64Array,
  at: number,
  singles: Float32Array,
  season: number,
  count: number,
): number {
  const rate = Math.max(RATE_MIN, 1 / (count + 1))
  const off_level = value - level
  const off_season = value - seasonMean(time_s, singles, season)
  let residual = off_level
  if (!Number.isNaN(off_season)) {
    const season_error = reals[at + SEASON_ERROR]! ** 2
    const level_error = reals[at + LEVEL_ERROR]! ** 2
    const errors = season_error + level_error
    const share = errors === 0 ? 0 : level_error / errors
    residual = share * off_season + (1 - share) * off_level
    reals[at + SEASON_ERROR]! += rate * (Math.abs(off_season) - reals[at + SEASON_ERROR]!)
  }
  reals[at + LEVEL_ERROR]! += rate * (Math.abs(off_level) - reals[at + LEVEL_ERROR]!)
  if (residual === 0) return 0
  const side = residual > 0 ? ABOVE : BELOW
  // Each side sees about half of the points.
  return inSpreads(residual, reals, at + side, Math.max(RATE_MIN, 2 / (count + 2)))
}

/** The jump from the last value, in mean jumps, at most 5; learns it. */
export function jumpOf(value: number, previous: number, reals: Float64Array, at: number, count: number): number {
  return inSpreads(Math.abs(value - previous), reals, at + JUMP, Math.max(RATE_MIN, 1 / (count + 1)))
}

function inSpreads(residual: number, reals: Float64Array, at: number, rate: number): number {
  const spread = reals[at]!
  const size = Math.abs(residual)
  reals[at] = spread + rate * (size - spread)
  if (spread === 0) return 0
  return Math.sign(residual) * Math.min(RESIDUAL_MAX, size / spread)
}
