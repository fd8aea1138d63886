import type { Tick } from './closed-bucket.ts'
import { GRAINS } from './grain.ts'
import type { Incident } from './incident.ts'
import { SHARE_OF } from './rates.ts'
import { type Metric, seriesKey } from './scope.ts'
import type { Deviation } from './span.ts'
import type { TenantState } from './state.ts'
import type { Suspect } from './tick.ts'

/** What has to be known of a tick to carry incidents through it. */
export type Closed = Pick<Tick, 'grain' | 'group' | 'start_ms'> & Partial<Pick<Tick, 'complete'>>

export type Off = Suspect & { readonly deviation: Deviation }

/** What a suspect opens. */
export function openBy(suspect: Off, tick: Closed, state: TenantState): Incident {
  const { deviation, metric, q_value, scope, series } = suspect
  const { ms } = GRAINS[tick.grain]
  const at = state.book.placeOf(series)
  const bucketsBy = (by_rate: boolean) => {
    const buckets: Incident['buckets'] = []
    for (let start_ms = deviation.onset_ms; start_ms <= tick.start_ms; start_ms += ms) {
      const noted = notedOf(state, { by_rate, metric, opened_scope: scope }, Math.floor(start_ms / ms))
      if (noted !== undefined) buckets.push({ start_ms, ...noted, ...partOf(tick, metric) })
    }
    return buckets
  }
  const rates = bucketsBy(suspect.by_rate)
  const sums = { observed: 0, expected: 0 }
  for (const { expected, observed } of rates) {
    sums.observed += observed
    sums.expected += expected
  }
  // More clicks of many more impressions are a click rate that fell, and an incident of impressions.
  const by_rate = suspect.by_rate && sums.observed < sums.expected === (deviation.direction === 'down')
  const { expected, observed } = by_rate ? sums : deviation
  return {
    grain: tick.grain,
    opened_scope: scope,
    metric,
    onset_ms: deviation.onset_ms,
    opened_ms: tick.start_ms + ms,
    direction: deviation.direction,
    scope,
    group: tick.group,
    members: [series],
    q_value,
    observed,
    expected,
    variance: deviation.variance,
    last_ms: tick.start_ms + ms,
    abnormal_ms: deviation.last_ms,
    recovered: 0,
    normal: 0,
    ended_ms: null,
    ending: null,
    ...(by_rate ? { by_rate } : {}),
    eve: eveOf(state, at, Math.floor(deviation.onset_ms / ms)),
    buckets: by_rate === suspect.by_rate ? rates : bucketsBy(by_rate),
  }
}

/** What came in a bucket and what was expected; of what is off by its rate, of as many trials as there were. */
export function notedOf(
  { book }: TenantState,
  { by_rate, metric, opened_scope }: Pick<Incident, 'by_rate' | 'metric' | 'opened_scope'>,
  bucket: number,
) {
  const noted = book.noted(book.placeOf(seriesKey(metric, opened_scope)), bucket)
  const of = SHARE_OF[metric]
  if (noted === undefined || by_rate !== true || of === undefined) return noted
  const trials = book.noted(book.placeOf(seriesKey(of, opened_scope)), bucket)
  // Of trials that nobody knew enough of to expect any there is no rate.
  if (trials === undefined || trials.expected === 0) return noted
  return { ...noted, expected: Math.max(EXPECTED_MIN, (noted.expected * trials.observed) / trials.expected) }
}

function eveOf({ book }: TenantState, at: number, onset: number): NonNullable<Incident['eve']> {
  const eve = { observed: 0, expected: 0 }
  // Not in the last of them: a bucket in the midst of which it began is no sign of anything.
  for (let bucket = onset - 1 - EVE; bucket < onset - 1; bucket++) {
    const noted = book.isTold(at, bucket) ? undefined : book.noted(at, bucket)
    eve.observed += noted?.observed ?? 0
    eve.expected += noted?.expected ?? 0
  }
  return eve
}

/** The part of a count that is known of a bucket. */
export function partOf({ complete }: Closed, metric: Metric): { part?: number } {
  const part = complete?.[metric]
  return part === undefined ? {} : { part }
}

/** Buckets before an onset, less the last, that show whether it came little by little. */
const EVE = 6
/** A law needs a mean. */
export const EXPECTED_MIN = 0.01
