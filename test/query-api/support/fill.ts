import { join } from 'node:path'
import type { Store } from '../../../pipelines/store/client.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { sliceOf, WINDOW_SETS } from '../../../schemas/windows.ts'

/** A delivery as tests write it: what is absent is unknown. Amounts in micros. */
export type Delivery = {
  readonly id?: string
  readonly source?: string
  readonly at?: string
  readonly day: string
  readonly platform?: string
  readonly account?: string
  readonly level?: 'account' | 'campaign' | 'ad_group' | 'ad' | 'asset_group'
  readonly campaign?: string
  readonly ad_group?: string
  readonly ad?: string
  readonly creative?: string
  readonly asset_group?: string
  readonly country?: string
  readonly device?: string
  readonly segment?: string
  readonly hour_start?: string
  readonly currency?: string
  readonly impressions?: number
  readonly clicks?: number
  readonly spend_micros?: number | string
  readonly conversions_micros?: number
  readonly claimed_micros?: number
  readonly reach?: number
  readonly frequency_micros?: number
  readonly video_views?: number
}

export type Order = {
  readonly id: string
  readonly at?: string
  readonly day: string
  readonly ordered_at?: string
  readonly utc_offset_min?: number
  readonly currency?: string
  readonly total_micros: number
  readonly status?: string
  readonly test?: 0 | 1
  readonly customer?: string
  readonly platform?: string
  readonly campaign?: string
  readonly country?: string
  readonly lines?: readonly { product: string; quantity: number; price_micros: number; discount_micros?: number }[]
}

export type Refund = {
  readonly id: string
  readonly day: string
  readonly currency?: string
  readonly amount_micros?: number
  readonly kind?: string
  readonly success?: 0 | 1
  readonly platform?: string
  readonly campaign?: string
  readonly lines?: readonly { product: string; quantity: number; amount_micros?: number }[]
}

/** Creates all tables, as the migrations have them. */
export async function createTables(store: Store): Promise<void> {
  await migrate(store, join(import.meta.dirname, '../../../schemas/migrations'))
}

let offset = 0

/** Writes rows into a table; what is left out has the column's default. */
export async function insert(store: Store, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return
  const body = rows.map((row) => JSON.stringify(row)).join('\n')
  await store.command(`INSERT INTO ${table} SETTINGS input_format_null_as_default = 1 FORMAT JSONEachRow ${body}`)
}

export async function insertDeliveries(store: Store, tenant: string, rows: readonly Delivery[]): Promise<void> {
  await insert(
    store,
    'fact_delivery',
    rows.map((row) => {
      const { level = 'ad', at = `${row.day}T12:00:00Z`, id, source = 'ads', ...rest } = row
      const hour = row.hour_start !== undefined
      const key =
        id ??
        JSON.stringify([
          level,
          row.day,
          row.platform,
          row.account,
          row.campaign,
          row.ad_group,
          row.ad,
          row.creative,
          row.asset_group,
          row.country,
          row.device,
          row.segment,
          row.hour_start,
        ])
      return {
        platform: 'meta',
        account: 'a1',
        currency: 'USD',
        ...rest,
        tenant,
        source,
        id: key,
        id_hash: hash(key),
        occurred_at: at,
        received_at: at,
        level,
        slice: sliceOf(level, { country: row.country, device: row.device, hour, segment: row.segment }),
        _offset: offset++,
      }
    }),
  )
}

export async function insertOrders(store: Store, tenant: string, rows: readonly Order[]): Promise<void> {
  for (const { lines = [], at, id, ...order } of rows) {
    const head = headOf(tenant, `order ${id}`, order.day, at ?? `${order.day}T12:00:00Z`)
    await insert(store, 'fact_orders', [
      { currency: 'USD', status: 'paid', ordered_at: `${order.day}T12:00:00Z`, ...order, ...head },
    ])
    await insert(
      store,
      'fact_order_lines',
      lines.map((line, i) => ({ currency: order.currency ?? 'USD', ...line, ...head, _row: i })),
    )
  }
}

export async function insertRefunds(store: Store, tenant: string, rows: readonly Refund[]): Promise<void> {
  for (const { lines = [], id, ...refund } of rows) {
    const at = `${refund.day}T12:00:00Z`
    const head = headOf(tenant, `refund ${id}`, refund.day, at)
    await insert(store, 'fact_refunds', [
      { currency: 'USD', kind: 'refund', success: 1, refunded_at: at, ...refund, ...head },
    ])
    await insert(
      store,
      'fact_refund_lines',
      lines.map((line, i) => ({ currency: refund.currency ?? 'USD', ...line, ...head, _row: i })),
    )
  }
}

export async function insertRates(
  store: Store,
  tenant: string,
  rows: readonly { base: string; quote: string; day: string; rate_e9: number; at?: string }[],
): Promise<void> {
  await insert(
    store,
    'fact_fx_rates',
    rows.map(({ at, ...row }) => ({
      ...row,
      ...headOf(tenant, `fx ${row.base} ${row.quote} ${row.day}`, row.day, at ?? `${row.day}T00:00:00Z`),
    })),
  )
}

export async function insertWatermark(
  store: Store,
  tenant: string,
  source: string,
  at: string,
  partition = 0,
): Promise<void> {
  await insert(store, 'watermarks', [
    {
      pipeline: 'facts',
      tenant,
      source,
      _topic: 'omnify.events',
      _partition: partition,
      occurred_ms: Date.parse(at),
      events: 1,
      version: offset++,
    },
  ])
}

/**
 * Writes the windows that the facts of a tenant make, by SQL: rows of two partitions, each key first in an older
 * version with other sums, as a pipeline leaves them before a merge.
 */
export async function fillWindows(store: Store, tenant: string): Promise<void> {
  const current = (table: string, columns: string) =>
    `SELECT id_hash, ${columns} FROM ${table} WHERE tenant = '${tenant}' ORDER BY occurred_at DESC, _offset DESC LIMIT 1 BY id_hash`
  const dims = 'platform, account, campaign, ad_group, ad, creative, country, device'
  const delivery = `SELECT id_hash, day, hour_start AS start, ${dims}, currency, slice, impressions, clicks, spend_micros, conversions_micros, claimed_micros, video_views, toInt64(0) AS orders, toInt64(0) AS gross, toInt64(0) AS refunds, CAST(NULL AS Nullable(Int64)) AS amount FROM (${current('fact_delivery', `day, hour_start, ${dims}, currency, slice, impressions, clicks, spend_micros, conversions_micros, claimed_micros, video_views`)})`
  const nulls = Array.from({ length: 6 }, (_, i) => `CAST(NULL AS Nullable(Int64)) AS x${i}`).join(', ')
  const hour = (at: string) => `toNullable(toStartOfHour(${at} + utc_offset_min * 60) - utc_offset_min * 60)`
  const orders = `SELECT id_hash, day, ${hour('ordered_at')} AS start, ${dims}, currency, 'commerce' AS slice, ${nulls}, toInt64(1), total_micros, toInt64(0), CAST(NULL AS Nullable(Int64)) FROM (${current('fact_orders', `day, ordered_at, utc_offset_min, ${dims}, currency, total_micros, status, test`)}) WHERE test = 0 AND status != 'voided'`
  const refunds = `SELECT id_hash, day, ${hour('refunded_at')} AS start, ${dims}, currency, 'commerce' AS slice, ${nulls}, toInt64(0), toInt64(0), toInt64(1), amount_micros FROM (${current('fact_refunds', `day, refunded_at, utc_offset_min, ${dims}, currency, amount_micros, kind, success, test`)}) WHERE kind = 'refund' AND success = 1 AND test = 0`
  const all = `SELECT *, cityHash64(id_hash) % 2 AS part FROM (${delivery} UNION ALL ${orders} UNION ALL ${refunds})`
  const known = (name: string) => `sum(toInt128(ifNull(${name}, 0))) , count(${name})`
  const sums = [
    'count()',
    ...['impressions', 'clicks', 'spend_micros', 'conversions_micros', 'claimed_micros', 'video_views'].map(known),
    'sum(orders)',
    'sum(toInt128(gross))',
    'sum(refunds)',
    'sum(toInt128(ifNull(amount, 0)))',
    'count(amount)',
  ]
  for (const set of WINDOW_SETS) {
    if (typeof set.grain !== 'string') continue
    const hourly = set.grain === 'hour'
    const keys = [...set.dimensions, 'currency', 'slice'].join(', ')
    const select = (version: number, values: readonly string[]) =>
      [
        `INSERT INTO ${set.name} SELECT '${tenant}', day, ${hourly ? 'assumeNotNull(start), ' : ''}sipHash128(${keys}), ${keys}, part, ${version}, 0, ${values.join(', ')}`,
        `FROM (${all}) ${hourly ? 'WHERE start IS NOT NULL' : ''} GROUP BY day, ${hourly ? 'start, ' : ''}${keys}, part`,
      ].join(' ')
    await store.command(
      select(
        1,
        sums.map((s) => s.replaceAll(/(sum|count)\(/g, '7 + $1(')),
      ),
    )
    await store.command(select(2, sums))
  }
}

function headOf(tenant: string, id: string, day: string, at: string) {
  return { tenant, source: 'shop', id, id_hash: hash(id), occurred_at: at, received_at: at, day, _offset: offset++ }
}

/** 16 characters of ASCII that stand for the 16 bytes of an identity hash. */
function hash(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 2654435761)
    b = Math.imul(b ^ text.charCodeAt(i), 1597334677)
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}
