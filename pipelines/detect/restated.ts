import { HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { end } from './core/follow.ts'
import type { Incident } from './core/incident.ts'
import { completeAt, type Maturity } from './core/maturity.ts'
import { groupOf, type TenantState } from './core/state.ts'
import { groupOfRow, readHours, sumsOf } from './rows.ts'

/**
 * Holds an incident against its numbers as they are known now: reports that came later, rows that were restated. One
 * that is no longer off was never there, and is taken back.
 *
 * @returns whether it is over by this
 */
export async function takeBack(
  store: Store,
  tenant: string,
  state: TenantState,
  maturity: Maturity,
  incident: Incident,
): Promise<boolean> {
  const { buckets } = incident
  if (buckets.length === 0) return false
  const first = buckets[0]!.start_ms
  const last = buckets.at(-1)!.start_ms
  const rows = await readHours(store, tenant, first, last + HOUR_MS)
  const hours = Map.groupBy(
    rows.filter((row) => groupOfRow(row) === incident.group),
    ({ start_ms }) => Math.floor(start_ms / HOUR_MS) * HOUR_MS,
  )
  for (const bucket of buckets) {
    const sums = sumsOf(hours.get(bucket.start_ms) ?? [], incident.group, true)
    bucket.observed = sums.get(incident.opened_scope)?.[incident.metric] ?? 0
  }
  return isOver(state, maturity, incident)
}

/**
 * Whether what is known now of the buckets that were off is what was expected of them: of as much as is known of a bucket
 * when it is as old, for what always comes later takes nothing back.
 */
function isOver(state: TenantState, maturity: Maturity, incident: Incident): boolean {
  const { group, metric } = incident
  const due = ({ expected, part = 1, start_ms }: Incident['buckets'][number]) => {
    const age_h = groupOf(state, group).bucket - Math.floor(start_ms / HOUR_MS)
    return (expected * (completeAt(maturity, group, age_h)[metric] ?? 1)) / part
  }
  const off = incident.buckets.filter(({ start_ms }) => start_ms < incident.abnormal_ms)
  const observed = off.reduce((sum, bucket) => sum + bucket.observed, 0)
  const expected = off.reduce((sum, bucket) => sum + due(bucket), 0)
  if (expected === 0) return false
  const before = incident.observed / incident.expected - 1
  const now = observed / expected - 1
  if (Math.abs(now) > STILL_OFF * Math.abs(before) || Math.abs(now) > SIZE_MAX) return false
  incident.observed = observed
  incident.expected = expected
  end(state, incident, 'restated')
  return true
}

/** What is left of a deviation that was mostly late reports. */
const STILL_OFF = 1 / 3
const SIZE_MAX = 0.15
