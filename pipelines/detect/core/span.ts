import { GRAINS, type Grain } from './grain.ts'
import { RING, type SeriesBook } from './series.ts'

/** How far a series is off, from the bucket at which that began. */
export type Deviation = {
  readonly onset_ms: number
  /** End of the bucket that was judged. */
  readonly last_ms: number
  readonly direction: 'down' | 'up'
  readonly observed: number
  readonly expected: number
  /** Of what was expected. */
  readonly variance: number
  /** Part of what was expected that is missing or too much. */
  readonly size: number
  /** Whether enough buckets say so for an incident to be opened. */
  readonly sure: boolean
}

/**
 * The stretch of the last buckets, up to this one, that stands out most from what was expected, without its ordinary
 * beginning. Undefined where it is too small to matter to anybody, whatever its p-value.
 */
export function deviationOf(
  book: SeriesBook,
  series: string,
  { grain, start_ms }: { readonly grain: Grain; readonly start_ms: number },
): Deviation | undefined {
  const at = book.placeOf(series)
  const last = Math.floor(start_ms / GRAINS[grain].ms)
  // What is told of an incident that is over is told.
  const noted = Array.from({ length: RING }, (_, back) => book.noted(at, last - back))
  const told = noted.findIndex((_, back) => book.isTold(at, last - back))
  if (told !== -1) noted.fill(undefined, told)
  let best = { score: 0, buckets: 0, observed: 0, expected: 0 }
  let [observed, expected, wide] = [0, 0, 0]
  for (const [back, one] of noted.entries()) {
    if (one === undefined) continue
    observed += one.observed
    expected += one.expected
    wide += (SPREAD * one.expected) ** 2
    const score = Math.abs(observed - expected) / Math.sqrt(expected + wide + 1)
    if (score > best.score) best = { score, buckets: back + 1, observed, expected }
  }
  if (best.buckets === 0) return undefined
  const ratio = best.observed / best.expected - 1
  const isOff = (one: (typeof noted)[number]) =>
    one !== undefined && (one.observed / one.expected - 1) * Math.sign(ratio) > Math.abs(ratio) / 2
  let first = best.buckets - 1
  while (first > 0 && !isOff(noted[first])) first--
  const kept = noted.slice(0, first + 1).filter((one) => one !== undefined)
  const sum = kept.reduce((a, b) => ({ observed: a.observed + b.observed, expected: a.expected + b.expected }), NONE)
  const size = Math.abs(sum.observed / sum.expected - 1)
  if (!(size >= SIZE_MIN)) return undefined
  const off = noted.slice(0, WITHIN).filter(isOff).length
  return {
    onset_ms: (last - first) * GRAINS[grain].ms,
    last_ms: (last + 1) * GRAINS[grain].ms,
    direction: ratio < 0 ? 'down' : 'up',
    ...sum,
    variance: sum.expected + kept.reduce((total, one) => total + (SPREAD * one.expected) ** 2, 0),
    size,
    sure: off >= OFF_MIN || best.score >= PLAIN,
  }
}

/** Of larger p-values nobody asks how much a series is off. */
export const LOOKED_AT = 1e-3
const NONE = { observed: 0, expected: 0 }
/** Relative standard deviation of a bucket beside the counting. */
const SPREAD = 0.06
/** Less than a seventh is no incident. */
const SIZE_MIN = 0.15
/** Two buckets of three must be off, unless the first is so plainly off that waiting tells nothing. */
const OFF_MIN = 2
const WITHIN = 3
const PLAIN = 5
