import { DAY_MS, HOUR_MS, utcOffsetMin } from '../../../schemas/zone.ts'
import type { Incident } from './incident.ts'
import type { KnownFacts } from './situation.ts'

/**
 * Whether what was missing came back when the account's day began anew, as budgets do. Not known while no midnight has
 * passed, where it changed nothing, since other accounts of the platform may live by another clock, where it came back
 * before, and where too little was expected to tell.
 *
 * @param zone of the account that the incident is in; undefined where it is in none, or in many
 */
export function renewalOf(incident: Incident, zone: string | undefined): KnownFacts {
  const back_at_midnight = zone === undefined || incident.direction === 'up' ? undefined : isBack(incident, zone)
  return back_at_midnight === true ? { back_at_midnight } : {}
}

function isBack({ buckets, onset_ms }: Incident, zone: string): boolean | undefined {
  const midnight_ms = midnightAfter(onset_ms, zone)
  const between = (from_ms: number, to_ms: number) =>
    sumOf(buckets.filter(({ start_ms }) => start_ms >= from_ms && start_ms < to_ms))
  const day = between(onset_ms, midnight_ms)
  const evening = between(midnight_ms - EVENING_MS, midnight_ms)
  const morning = between(midnight_ms, midnight_ms + MORNING_MS)
  if (day.expected === 0 || evening.expected === 0 || morning.expected === 0) return undefined
  const left = day.observed / day.expected
  const half = (1 + left) / 2
  if (evening.observed / evening.expected > half) return undefined
  const luck = Math.sqrt(1 / morning.expected + SPREAD ** 2)
  if (1 - left < PLAIN * luck) return undefined
  return morning.observed / morning.expected > half
}

/** The first local midnight after an instant, in ms since 1970. */
function midnightAfter(ms: number, zone: string): number {
  const offset_ms = utcOffsetMin(zone, ms) * 60_000
  const midnight_ms = (Math.floor((ms + offset_ms) / DAY_MS) + 1) * DAY_MS - offset_ms
  // Clocks that were set meanwhile have another midnight.
  return midnight_ms + offset_ms - utcOffsetMin(zone, midnight_ms) * 60_000
}

function sumOf(buckets: Incident['buckets']) {
  return buckets.reduce(
    (sum, { expected, observed }) => ({ observed: sum.observed + observed, expected: sum.expected + expected }),
    {
      observed: 0,
      expected: 0,
    },
  )
}

/** Before midnight it must still have been missing; after it, the nights' few counts take some hours to tell. */
const EVENING_MS = 3 * HOUR_MS
const MORNING_MS = 4 * HOUR_MS
/** Relative standard deviation of a sum beside the counting, and how many of all deviations are no luck. */
const SPREAD = 0.06
const PLAIN = 4
