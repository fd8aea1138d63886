export type Point = { readonly at_h: number; readonly value: number }

export type Trend = {
  /** Per cent of the level an hour. */
  readonly slope: number
  /** Of the slope, in the same unit. */
  readonly standard_error: number
  /** The mean. */
  readonly level: number
}

/**
 * The straight line of least squares through the means of blocks of as many points each. Points that follow one another
 * are alike (a heap between two collections), so they say less than their number; means of blocks say what they say.
 *
 * @throws RangeError with fewer than three points
 */
export function trendOf(points: readonly Point[], blocks: number): Trend {
  const means = meansOf(points, Math.min(blocks, points.length))
  if (means.length < 3) throw new RangeError(`a trend through ${means.length} points`)
  const at = mean(means.map(({ at_h }) => at_h))
  const level = mean(means.map(({ value }) => value))
  const spread = sum(means.map(({ at_h }) => (at_h - at) ** 2))
  const slope = sum(means.map(({ at_h, value }) => (at_h - at) * (value - level))) / spread
  const rest = sum(means.map(({ at_h, value }) => (value - level - slope * (at_h - at)) ** 2))
  const error = Math.sqrt(rest / (means.length - 2) / spread)
  // Nothing at all is level.
  const share = level === 0 ? 0 : 100 / level
  return { slope: slope * share, standard_error: error * share, level }
}

function meansOf(points: readonly Point[], blocks: number): Point[] {
  return Array.from({ length: blocks }, (_, n) => {
    const some = points.slice(Math.floor((n * points.length) / blocks), Math.floor(((n + 1) * points.length) / blocks))
    return { at_h: mean(some.map(({ at_h }) => at_h)), value: mean(some.map(({ value }) => value)) }
  })
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
