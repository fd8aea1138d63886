import type { AlertRule } from '../../schemas/alert-commands.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { BUCKET_MS } from './buckets.ts'

export type Watermark = {
  /** Up to here all sources that still speak have been read. */
  readonly all_ms: number
  /** Up to here the newest of them has. */
  readonly newest_ms: number
}

/** How far a tenant's sources have been read; one that was silent for three days is waited for no longer. */
export async function readWatermark(store: Store, tenant: string): Promise<Watermark | undefined> {
  const rows = await store.query<[string]>(
    'SELECT max(occurred_ms) FROM watermarks FINAL WHERE tenant = {tenant:String} GROUP BY source',
    { tenant },
    { format: 'JSONCompactEachRow' },
  )
  const marks = rows.map(([ms]) => Number(ms))
  if (marks.length === 0) return undefined
  const newest_ms = Math.max(...marks)
  return { newest_ms, all_ms: Math.min(...marks.filter((ms) => ms > newest_ms - SILENT_MS)) }
}

/**
 * Up to where buckets are closed: nothing more is to come but restatements. A day is a local one, so it is over when it is
 * over in the last of the zones (UTC−12).
 */
export function closedTo(grain: AlertRule['grain'], { all_ms }: Watermark): number {
  const size_ms = BUCKET_MS[grain]
  return Math.floor((grain === 'day' ? all_ms - 12 * HOUR_MS : all_ms) / size_ms) * size_ms
}

const SILENT_MS = 3 * DAY_MS
