/**
 * The questions that are asked of every point, each with tails of its own for what is too high and too low:
 * - `point`: is the value far from its running level? A slow level finds what is rare altogether, a fast one what is
 *   sudden.
 * - `mean`: have the last points together left their level, each by too little to be seen alone?
 * - `change`: do the values jump about more (or less) than they use to?
 * - `season`: is the value far from what this time of day has shown?
 */
export type Stream =
  | { readonly kind: 'point'; readonly level_rate: number }
  | { readonly kind: 'mean' | 'change'; readonly points: number; readonly level_rate: number }
  | { readonly kind: 'season' }

/** Half-lives of the levels: about 9, 35 and 140 points, that is an hour, three hours and half a day at five minutes. */
export const STREAMS: readonly Stream[] = [
  { kind: 'point', level_rate: 0.08 },
  { kind: 'point', level_rate: 0.02 },
  { kind: 'point', level_rate: 0.005 },
  { kind: 'mean', points: 6, level_rate: 0.05 / 6 },
  { kind: 'mean', points: 12, level_rate: 0.05 / 12 },
  { kind: 'change', points: 12, level_rate: 0.05 / 12 },
  { kind: 'season' },
]

/** Too high, too low. */
export const SIDES = 2

/** Reals of a stream: level, spread about it, and the mean of the last points. */
export const STREAM_REALS = 3
export const LEVEL = 0
export const SPREAD = 1
export const MEAN = 2

/** Peaks closer than that are of one cluster: an hour of five-minute points. */
const CLUSTER_POINTS = 12

/** How many points a peak of this stream lasts at least: a mean of 12 points moves slowly. */
export function clusterOf(stream: Stream): number {
  return 'points' in stream ? 2 * stream.points : CLUSTER_POINTS
}

/**
 * What the evidence of a stream is reduced by: n points have only n / w independent means of w points, so a peak of
 * theirs is w times as frequent among them.
 */
export function penaltyOf(stream: Stream): number {
  return 'points' in stream ? Math.log(stream.points) : 0
}
