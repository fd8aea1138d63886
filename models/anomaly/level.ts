import { LEVEL, SPREAD } from './streams.ts'

/**
 * Moves a running median towards a value, by at most a step that follows from the spread: an outlier moves it as much
 * as any other value, a lasting change moves it within a few half-lives.
 *
 * @param count points seen before this one; the first ones weigh as in a plain mean
 */
export function moveLevel(value: number, reals: Float64Array, at: number, count: number, rate_min: number): void {
  if (count === 0) {
    reals[at + LEVEL] = value
    return
  }
  const rate = Math.max(rate_min, 1 / (count + 1))
  const distance = value - reals[at + LEVEL]!
  reals[at + SPREAD]! += rate * (Math.abs(distance) - reals[at + SPREAD]!)
  const step = Math.min(Math.abs(distance), 2 * rate * reals[at + SPREAD]!)
  reals[at + LEVEL]! += distance < 0 ? -step : step
}
