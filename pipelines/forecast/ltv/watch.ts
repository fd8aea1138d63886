import type { Store } from '../../store/client.ts'
import type { ShopKey } from './facts.ts'

/** A shop as the stage looks at it: how far it is read, and what was forecast of it last. */
export type WatchedShop = ShopKey & {
  readonly watermark_ms: number
  /** Of its newest order, from UTC: says when a local day is over. */
  readonly offset_min: number
}

/** A source of events: how far it is read, and how many events of it were ever read. */
export type ReadSource = {
  readonly tenant: string
  readonly source: string
  readonly watermark_ms: number
  readonly events: number
}

/** All sources of all tenants: the newest event of each. Cheap: one row a source and partition. */
export async function readSources(store: Store): Promise<ReadSource[]> {
  const rows = await store.query<[string, string, string, string]>(
    `SELECT tenant, source, toString(max(at)), toString(sum(n)) FROM (
       SELECT tenant, source, argMax(occurred_ms, version) AS at, argMax(events, version) AS n FROM watermarks
       GROUP BY tenant, source, pipeline, _topic, _partition)
     GROUP BY tenant, source ORDER BY tenant, source`,
    {},
    { format: 'JSONCompactEachRow' },
  )
  return rows.map(([tenant, source, at, events]) => ({
    tenant,
    source,
    watermark_ms: Number(at),
    events: Number(events),
  }))
}

/** The shops of a source: one for each currency that it has orders in. */
export async function readShops(
  store: Store,
  { source, tenant, watermark_ms }: Omit<ReadSource, 'events'>,
): Promise<WatchedShop[]> {
  const rows = await store.query<[string, number]>(
    `SELECT toString(currency), argMax(utc_offset_min, ordered_at) FROM fact_orders
     WHERE tenant = {tenant:String} AND source = {source:String} GROUP BY currency ORDER BY currency`,
    { tenant, source },
    { format: 'JSONCompactEachRow' },
  )
  return rows.map(([currency, offset_min]): WatchedShop => ({ tenant, source, currency, watermark_ms, offset_min }))
}

/** The newest forecast of each shop of a tenant's source: the one whose own rows, which are written last, are there. */
export type LastForecast = {
  readonly origin: number
  readonly edition: number
  readonly orders: number
  readonly features_hash: bigint
}

export async function readLast(store: Store, model: string, shop: ShopKey): Promise<LastForecast | undefined> {
  const [row] = await store.query<[number, number, string, string]>(
    `SELECT toUInt16(origin), edition, toString(JSONExtractUInt(details, 'orders')), toString(features_hash) FROM forecasts
     WHERE tenant = {tenant:String} AND model = {model:String} AND entity_kind = 'shop' AND scope = {source:String}
       AND currency = {currency:String} ORDER BY origin DESC, edition DESC LIMIT 1`,
    { ...shop, model },
    { format: 'JSONCompactEachRow' },
  )
  if (row === undefined) return undefined
  return { origin: row[0], edition: row[1], orders: Number(row[2]), features_hash: BigInt(row[3]) }
}

/** The last local day that is over, days since 1970. The watermark is the newest instant seen, not the one behind it. */
export function lastDay({ offset_min, watermark_ms }: Pick<WatchedShop, 'offset_min' | 'watermark_ms'>): number {
  return Math.floor((watermark_ms + 1 + offset_min * 60_000) / DAY_MS) - 1
}

/** The instant at which that day was over. */
export function endOf(day: number, offset_min: number): number {
  return (day + 1) * DAY_MS - offset_min * 60_000
}

const DAY_MS = 86_400_000
