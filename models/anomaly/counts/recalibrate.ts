import { ORDINARY_P } from './ordinary.ts'

/** Tenths of a decade, from 1 down to 1e-12. */
const BINS_A_DECADE = 10
const DECADES = 12
const BINS = BINS_A_DECADE * DECADES

/** What is known of the p-values of a family, with fading memory: how many were as small as each edge, and how many in all. */
export const CALIBRATION_REALS = BINS + 1
const TOTAL = BINS
/** The p-value of each edge. */
const NOMINAL = Float64Array.from({ length: BINS }, (_, edge) => 10 ** (-edge / BINS_A_DECADE))

/** A law is believed as if so many p-values had confirmed it. */
const PRIOR = 1_000
/** No law is off by more, of what is independent. */
const TOGETHER = 10
/** The tail beyond a point is extrapolated from at least so many values. */
const EXCEEDANCES_MIN = 30

/**
 * Corrects a p-value by how often values as small as it came in the past of its family: a law that is a little off, a
 * dispersion that is known from few buckets, come out as too many small p-values and are taken back here. Where the past
 * has too few to count, the tail goes on as a power of p, with the exponent that the last 30 had.
 *
 * Values enter with `remember`, those of a tick after all of the tick were corrected: so the answer depends on the past
 * only, and not on the order within the tick.
 */
export function recalibrated(p: number, past: Float64Array): number {
  if (p >= ORDINARY_P) return Math.max(p, shareBelow(BINS_A_DECADE, past))
  const depth = Math.min(-Math.log10(Math.max(p, 1e-300)) * BINS_A_DECADE, 300 * BINS_A_DECADE)
  const last = deepest(past)
  const edge = Math.min(Math.floor(depth), last)
  const here = shareBelow(edge, past)
  if (edge < last) {
    // Between two edges the share goes down as a power of p.
    const next = shareBelow(edge + 1, past)
    return here * (next / here) ** (depth - edge)
  }
  return here * 10 ** ((-tailExponent(edge, past) * (depth - edge)) / BINS_A_DECADE)
}

/**
 * Puts the p-values of one tick, as they were before their correction, into the past of their family. Series of a tick
 * share its luck, and an incident is off in a dozen of them: that is one thing that happened, not a dozen. So at every
 * depth where there are more than {@link TOGETHER} times what so many series give by themselves, one stands for the rest.
 *
 * @param small those below ORDINARY_P, in any order
 * @param made how many there are with all others
 */
export function remember(small: readonly number[], made: number, past: Float64Array): void {
  past[TOTAL]! += made
  if (small.length === 0) return
  const bins = new Float64Array(BINS)
  let deepest = 0
  for (const p of small) {
    const bin = Math.min(BINS - 1, Math.floor(-Math.log10(Math.max(p, 1e-300)) * BINS_A_DECADE))
    bins[bin]!++
    deepest = Math.max(deepest, bin)
  }
  let below = 0
  for (let edge = deepest; edge >= BINS_A_DECADE; edge--) {
    below += bins[edge]!
    past[edge]! += Math.min(below, 1 + TOGETHER * made * NOMINAL[edge]!)
  }
}

/** Lets the past fade. @param keeps share that stays, 0 to 1 */
export function fade(past: Float64Array, keeps: number): void {
  for (let i = 0; i < past.length; i++) past[i]! *= keeps
}

/** Share of p-values at or below 10^(-edge / 10), the law's own word included. */
function shareBelow(edge: number, past: Float64Array): number {
  return (PRIOR * NOMINAL[edge]! + past[edge]!) / (PRIOR + past[TOTAL]!)
}

/** The deepest edge that still has enough values below it; that of 0.1 when none has. */
function deepest(past: Float64Array): number {
  let edge = BINS - 1
  while (edge > BINS_A_DECADE && past[edge]! < EXCEEDANCES_MIN) edge--
  return edge
}

/** By which power of p the share falls behind an edge: 1 when the law is right, less when its tail is too light. */
function tailExponent(edge: number, past: Float64Array): number {
  // Mean excess of -ln p over the edge; an exact law has 1. Drawn to 1 with the weight of ten values.
  let reached = past[edge]! / 2
  for (let deeper = edge + 1; deeper < BINS; deeper++) reached += past[deeper]!
  return (10 + past[edge]!) / (10 + (reached * Math.LN10) / BINS_A_DECADE)
}
