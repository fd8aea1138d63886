/**
 * The questions that are asked of every point, each with tails of its own for what is too high and too low:
 * - `point`: is the value far from its running level? A slow level finds what is rare altogether, a fast one what is
 *   sudden.
 * - `mean`: have the last points together left their level?
 * - `drift`: have the last points lain to one side of what level and time of day let expect, each by too little to be
 *   seen alone?
 * - `change`: do the values jump about more or less than they use to?
 * - `season`: is the value far from what this time of day has shown?
 */
export type Stream =
  | { readonly kind: 'point'; readonly level_rate: number }
  | { readonly kind: 'mean' | 'drift' | 'change'; readonly points: number; readonly level_rate: number }
  | { readonly kind: 'season' }

/** A mean of w points is measured against a level that forgets twenty times as slowly. */
const MEAN_LEVEL = 0.05

/** Half-lives of the points' levels: about 9, 35 and 140 points, that is an hour, three hours, half a day at 5 minutes. */
export const STREAMS: readonly Stream[] = [
  { kind: 'point', level_rate: 0.08 },
  { kind: 'point', level_rate: 0.02 },
  { kind: 'point', level_rate: 0.005 },
  { kind: 'mean', points: 6, level_rate: MEAN_LEVEL / 6 },
  { kind: 'drift', points: 24, level_rate: MEAN_LEVEL / 24 },
  { kind: 'change', points: 24, level_rate: MEAN_LEVEL / 24 },
  { kind: 'season' },
]

/** The stream whose level is what a value is expected to be where its time of day says nothing. */
export const SLOW = 2

/** Too high, too low. */
export const SIDES = 2

/** Reals of a stream: level, spread about it, and the mean of the last points. */
export const STREAM_REALS = 3
export const LEVEL = 0
export const SPREAD = 1
export const MEAN = 2

/** Peaks closer than that are of one cluster: an hour of five-minute points. */
const CLUSTER_POINTS = 12

/** How many points a peak of this stream lasts at least: a mean of 24 points moves slowly. */
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

/** Means of inputs that are cut off have light tails; whatever is made of the values themselves may have heavy ones. */
export function isLight(stream: Stream): boolean {
  return stream.kind === 'drift' || stream.kind === 'change'
}
