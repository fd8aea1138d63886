import type { Store } from '../../../pipelines/store/client.ts'
import { WINDOW_SETS } from '../../../schemas/windows.ts'
import { TENANT } from './content.ts'
import { rowKey } from './expected.ts'
import { SUMS, type Windows, windowKey } from './windows.ts'

/** Every row of the fact tables and of `identities` as [key, value]; a row that is there twice comes twice. */
export async function storedRows(store: Store): Promise<[string, string][]> {
  const all: [string, string][] = []
  for (const [table, value] of Object.entries(VALUES)) {
    const head = `concat(source, ' ', id, ' ', toString(toUnixTimestamp64Milli(occurred_at)), ' ', ${value})`
    all.push(...(await keyed(store, table, table === 'identities' ? value : head)))
  }
  return all
}

/** Every dead letter as [key, code]. */
export async function storedFailures(store: Store): Promise<[string, string][]> {
  return keyed(store, 'failed_events', 'code')
}

/** Every window that is not empty, as its readers see it. */
export async function storedWindows(store: Store): Promise<Windows> {
  const windows: Windows = new Map()
  for (const set of WINDOW_SETS) {
    const start = set.grain === 'day' ? "''" : 'toString(toUnixTimestamp(start) * 1000)'
    const parts = ['toString(day)', start, ...set.dimensions, 'currency', 'slice', 'toString(_partition)']
    const rows = await store.query<[string[], string[]]>(
      `SELECT [${parts.join(', ')}], [${SUMS.map((name) => `toString(${name})`).join(', ')}]
       FROM ${set.name} FINAL WHERE tenant = {tenant:String}`,
      { tenant: TENANT },
      { format: 'JSONCompactEachRow' },
    )
    for (const [key, values] of rows) {
      const sums = new Map<string, bigint>()
      for (const [place, name] of SUMS.entries()) if (values[place] !== '0') sums.set(name, BigInt(values[place]!))
      // A window whose last observation was taken back is a row of zeros.
      if (sums.size > 0) windows.set(windowKey(set.name, key), sums)
    }
  }
  return windows
}

/** How many observations the watermarks have counted, by source and partition. */
export async function storedTaken(store: Store): Promise<Map<string, number>> {
  const rows = await store.query<[string, number, string]>(
    'SELECT source, _partition, toString(events) FROM watermarks FINAL WHERE tenant = {tenant:String}',
    { tenant: TENANT },
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([source, partition, events]) => [`${source}|${partition}`, Number(events)]))
}

async function keyed(store: Store, table: string, value: string): Promise<[string, string][]> {
  const rows = await store.query<[number, string, number, string]>(
    `SELECT _partition, _offset, _row, ${value} FROM ${table}`,
    {},
    { format: 'JSONCompactEachRow' },
  )
  return rows.map(([partition, offset, row, text]) => [rowKey(table, partition, Number(offset), row), text])
}

const orDash = (column: string) => `ifNull(toString(${column}), '-')`

/** What is compared besides who, what and when; as in `expected.ts`. */
const VALUES: Readonly<Record<string, string>> = {
  fact_orders: `toString(total_micros), ' ', status`,
  fact_order_lines: `toString(price_micros), 'x', toString(quantity)`,
  fact_refunds: orDash('amount_micros'),
  fact_refund_lines: orDash('amount_micros'),
  fact_delivery: `${orDash('impressions')}, ' ', ${orDash('clicks')}, ' ', ${orDash('spend_micros')}`,
  fact_conversions: orDash('count_micros'),
  fact_entities: `''`,
  fact_customers: `''`,
  fact_products: `''`,
  fact_touches: `''`,
  fact_web_events: `''`,
  fact_changes: `''`,
  fact_fx_rates: `''`,
  fact_holidays: `''`,
  identities: 'toString(content)',
}
