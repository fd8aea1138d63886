import { formatDay } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import {
  type Contribution,
  type DeliveryRow,
  deliveryContribution,
  type OrderRow,
  orderContribution,
} from './contribution.ts'

/** An observation that a newer one supersedes, and that lies in the store. */
export type StoredPlace = {
  readonly tenant: string
  readonly type: string
  readonly day: number
  readonly offset: number
}

/**
 * What stored observations contributed, read back from their fact rows, keyed by offset. An entry that is undefined
 * contributed nothing (a test or voided order).
 *
 * @throws Error when a row is missing: the identity table names it, so this is our own mistake
 */
export async function storedContributions(
  store: Store,
  topic: string,
  partition: number,
  places: readonly StoredPlace[],
): Promise<ReadonlyMap<number, Contribution | undefined>> {
  const out = new Map<number, Contribution | undefined>()
  const groups = Map.groupBy(places, (place) => `${place.type}\0${place.tenant}`)
  for (const group of groups.values()) {
    const { tenant, type } = group[0]!
    const reader = READERS[type]!
    const rows = await store.query<StoredRow>(
      `SELECT _offset AS offset, toUInt32(day) AS day_number, ${reader.columns}
       FROM ${reader.table}
       WHERE tenant = {tenant:String} AND day IN {days:Array(Date)}
         AND _topic = {topic:String} AND _partition = {partition:UInt16}
         AND _offset IN (SELECT arrayJoin({offsets:Array(Int64)}))`,
      {
        tenant,
        topic,
        partition,
        days: [...new Set(group.map((place) => formatDay(place.day)))],
        offsets: group.map((place) => place.offset),
      },
    )
    for (const row of rows) out.set(Number(row.offset), reader.read(tenant, Number(row.day_number), row))
  }
  for (const { type, offset } of places) {
    if (!out.has(offset)) throw new Error(`${type} at offset ${offset} has an identity but no fact row`)
  }
  return out
}

type StoredRow = Readonly<Record<string, unknown>>
type Reader = {
  readonly table: string
  readonly columns: string
  read(tenant: string, day: number, row: StoredRow): Contribution | undefined
}

const AD_PATH = 'platform, account, campaign, ad_group, ad, creative, country, device, currency'

const READERS: Readonly<Record<string, Reader>> = {
  'ad_delivery.observed': {
    table: 'fact_delivery',
    columns: `${AD_PATH}, slice, toUnixTimestamp(hour_start) * 1000 AS hour_ms,
      impressions, clicks, spend_micros, conversions_micros, claimed_micros, video_views`,
    read(tenant, day, row) {
      const stored = row as unknown as Omit<DeliveryRow, 'hour_ms'> & { slice: string; hour_ms: string | null }
      const hour_ms = stored.hour_ms === null ? null : Number(stored.hour_ms)
      return deliveryContribution(tenant, day, stored.slice, { ...stored, hour_ms })
    },
  },
  'order.observed': {
    table: 'fact_orders',
    columns: `${AD_PATH}, toUnixTimestamp64Milli(ordered_at) AS ordered_ms, utc_offset_min AS offset_min,
      total_micros, status, test`,
    read(tenant, day, row) {
      const stored = row as unknown as Omit<OrderRow, 'ordered_ms'> & { ordered_ms: string }
      return orderContribution(tenant, day, { ...stored, ordered_ms: Number(stored.ordered_ms) })
    },
  },
}
