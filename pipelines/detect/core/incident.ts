import type { Grain } from './grain.ts'
import type { Metric } from './scope.ts'

/** Something that is off, from its first bucket to its last: what becomes an alert. */
export type Incident = {
  readonly grain: Grain
  /** The scope and metric that it was opened by: its alert's id follows from these and the onset. */
  readonly opened_scope: string
  readonly metric: Metric
  readonly onset_ms: number
  readonly opened_ms: number
  readonly direction: 'down' | 'up'
  /** As far as it is known now; grows when more of the same comes. */
  scope: string
  /** Group whose buckets decide when it is over. */
  readonly group: string
  readonly members: string[]
  q_value: number
  observed: number
  expected: number
  variance: number
  /** End of the last bucket of its series that was judged, and of the last that was off. */
  last_ms: number
  abnormal_ms: number
  /** Evidence, in nats, that the last buckets are normal again, and how many of them there were. */
  recovered: number
  normal: number
  ended_ms: number | null
  ending: 'back_to_normal' | 'restated' | 'feedback' | 'new_level' | 'out_of_data' | null
  /** Whether it is held against what as much of its trials brings: clicks against impressions, not against other days. */
  readonly by_rate?: boolean
  /** Sums of the buckets right before it began: what grows little by little was on its way in them. */
  readonly eve?: { readonly observed: number; readonly expected: number }
  /** What was expected of its first buckets, to hold restated numbers against, of the part that was known; all, if left out. */
  readonly buckets: { readonly start_ms: number; readonly expected: number; readonly part?: number; observed: number }[]
}

/** By how much of what was expected: 0.5 is half of it, or half as much again. */
export function sizeOf({ expected, observed }: { readonly observed: number; readonly expected: number }): number {
  return Math.abs(observed / expected - 1)
}

/** Whether an incident was known and not over when a bucket was judged, also when it is judged again. */
export function isDuring({ ended_ms, last_ms, opened_ms }: Incident, start_ms: number): boolean {
  return start_ms >= opened_ms && (ended_ms === null || start_ms < last_ms)
}
