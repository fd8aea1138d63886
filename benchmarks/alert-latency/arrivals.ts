import type { WorldEvent } from '../../ingest/world/model.ts'
import type { AlertRecord } from '../../schemas/alerts.ts'
import { DAY_MS } from '../../schemas/zone.ts'

/** When each source had spoken of what. */
export type Arrivals = {
  /** Events that were accepted at this time of a clock that is never set. */
  took(events: readonly WorldEvent[], at: number): void
  /** When these sources had all spoken of what came at `end_ms` or later; undefined where one has not. */
  closed(end_ms: number, isOne: (source: string) => boolean): number | undefined
}

export function arrivalsOf(): Arrivals {
  /** By source, ascending in both. */
  const marks = new Map<string, { readonly ms: number; readonly at: number }[]>()
  return {
    took(events, at) {
      for (const { occurred_at, source } of events) {
        const ms = Date.parse(occurred_at)
        const known = marks.get(source) ?? []
        marks.set(source, known)
        if (known.length === 0 || known.at(-1)!.ms < ms) known.push({ ms, at })
      }
    },
    closed(end_ms, isOne) {
      let last: number | undefined
      for (const [source, known] of marks) {
        // Who has not spoken for days is waited for by nobody.
        if (!isOne(source) || known.at(-1)!.ms < end_ms - SILENT_MS) continue
        const found = known.find(({ ms }) => ms >= end_ms)
        if (found === undefined) return undefined
        last = Math.max(last ?? 0, found.at)
      }
      return last
    },
  }
}

/**
 * When the bucket closed that made a revision: for a rule about orders once the shop had passed its end, for an anomaly
 * once the platform had that it was seen in, or the shop. A revision that a late bucket or a person made has no such moment of its own.
 */
export function closingOf(arrivals: Arrivals, record: AlertRecord): number | undefined {
  const { kind, metric, reason, state } = record
  const made = state === 'open' || reason === 'back_to_normal'
  if (!made) return undefined
  if (kind === 'threshold') {
    const end = state === 'open' ? record.last_at : record.ended_at!
    return arrivals.closed(Date.parse(end), (source) => source === SHOP)
  }
  const end_ms = Date.parse(state === 'open' ? record.detected_at : record.last_at)
  if (metric === 'orders') return arrivals.closed(end_ms, (source) => source === SHOP)
  // What holds everywhere was seen in one platform's numbers, and does not say in whose: the first is the strictest.
  const all = PLATFORMS.map((name) => arrivals.closed(end_ms, (source) => source === name))
  return Math.min(...all.map((at) => at ?? Number.POSITIVE_INFINITY))
}

const SHOP = 'shopify'
const PLATFORMS = ['meta_ads', 'google_ads', 'tiktok_ads']
const SILENT_MS = 3 * DAY_MS
