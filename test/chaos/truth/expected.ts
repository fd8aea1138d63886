import type { LogRecord } from '../../../pipelines/log/port.ts'
import { type Content, contentKey, type Data, identityOf, isObserved, TENANT } from './content.ts'

/** What the tables must hold, worked out from what was sent and from where it lies on the log. */
export type Expected = {
  /** One per row of a fact table or of `identities`: {@link rowKey} to its value. */
  readonly rows: ReadonlyMap<string, string>
  /** One per dead letter: {@link rowKey} to its code. */
  readonly failed: ReadonlyMap<string, string>
  /** Observations taken, by source and partition: what `watermarks` counts. */
  readonly taken: ReadonlyMap<string, number>
  /** Accepted contents that lie nowhere on the log, and records that nobody sent. */
  readonly missing: readonly string[]
  readonly invented: readonly string[]
}

/**
 * Judges every record in the order of the log, as the docs say: the first content of an identity counts, the same again
 * is a duplicate, another one is a newer or older observation where the type is observed, else `id_conflict`.
 *
 * @param sent  contents that the collector accepted, by {@link contentKey}
 * @param log   all records of the events topic, by partition
 */
export function expectedOf(sent: ReadonlyMap<string, Content>, log: readonly (readonly LogRecord[])[]): Expected {
  const rows = new Map<string, string>()
  const failed = new Map<string, string>()
  const taken = new Map<string, number>()
  const invented: string[] = []
  const found = new Set<string>()
  for (const [partition, records] of log.entries()) {
    const seen = new Map<string, Set<string>>()
    for (const record of records) {
      const event = canonicalOf(record)
      if (event === undefined) {
        failed.set(rowKey('failed_events', partition, record.offset, 0), 'invalid_json')
        continue
      }
      const identity = identityOf(event)
      const key = contentKey({ identity, occurred_ms: event.occurred_ms, data: event.data })
      if (!sent.has(key)) invented.push(`${partition}/${record.offset} ${key}`)
      found.add(key)
      const contents = seen.get(identity) ?? new Set()
      seen.set(identity, contents)
      if (contents.has(key)) continue
      if (contents.size > 0 && !isObserved(event.type)) {
        failed.set(rowKey('failed_events', partition, record.offset, 0), 'id_conflict')
        continue
      }
      contents.add(key)
      const source = `${event.source}|${partition}`
      taken.set(source, (taken.get(source) ?? 0) + 1)
      for (const [key, value] of rowsOf(event, partition, record.offset)) rows.set(key, value)
    }
  }
  return { rows, failed, taken, missing: [...sent.keys()].filter((key) => !found.has(key)), invented }
}

export function rowKey(table: string, partition: number, offset: number, row: number): string {
  return `${table} ${partition}/${offset}/${row}`
}

export type Canonical = {
  readonly tenant: string
  readonly source: string
  readonly type: string
  readonly id: string
  readonly occurred_ms: number
  readonly h: string
  readonly data: Data
}

function canonicalOf({ value }: LogRecord): Canonical | undefined {
  const text = value?.toString() ?? ''
  if (!text.startsWith('{"c":1,')) return undefined
  const event = JSON.parse(text) as Canonical
  if (event.tenant !== TENANT) throw new Error(`the log holds an event of ${event.tenant}`)
  return event
}

/** The rows of an event: its fact, then its lines or actions, and what `identities` keeps of it. */
function* rowsOf(event: Canonical, partition: number, offset: number): Generator<[string, string]> {
  const { id, source, occurred_ms, data } = event
  const [table, parts, value] = TABLES[event.type]!
  const head = `${source} ${id} ${occurred_ms}`
  yield [rowKey(table, partition, offset, 0), `${head} ${value(data)}`]
  let row = 0
  for (const part of (data[parts?.list ?? ''] as Data[] | undefined) ?? []) {
    row++
    yield [rowKey(parts!.table, partition, offset, row), `${head} ${parts!.value(part)}`]
  }
  yield [rowKey('identities', partition, offset, 0), BigInt(`0x${event.h}`).toString()]
}

type Parts = { readonly list: string; readonly table: string; readonly value: (part: Data) => string }
type TableRow = readonly [table: string, parts: Parts | undefined, value: (data: Data) => string]

const text = (value: unknown) => (value === undefined || value === null ? '-' : String(value))
const nothing = () => ''

/** By type: its table, the table of its parts, and the value that is compared besides who, what and when. */
const TABLES: Readonly<Record<string, TableRow>> = {
  'order.observed': [
    'fact_orders',
    { list: 'lines', table: 'fact_order_lines', value: (line) => `${text(line.price_micros)}x${text(line.quantity)}` },
    (data) => `${text(data.total_micros)} ${text(data.status)}`,
  ],
  'order.refunded': [
    'fact_refunds',
    { list: 'lines', table: 'fact_refund_lines', value: (line) => text(line.amount_micros) },
    (data) => text(data.amount_micros),
  ],
  'ad_delivery.observed': [
    'fact_delivery',
    { list: 'actions', table: 'fact_conversions', value: (action) => text(action.count_micros) },
    (data) => `${text(data.impressions)} ${text(data.clicks)} ${text(data.spend_micros)}`,
  ],
  'ad_entity.observed': ['fact_entities', undefined, nothing],
  'customer.observed': ['fact_customers', undefined, nothing],
  'product.observed': ['fact_products', undefined, nothing],
  'touch.recorded': ['fact_touches', undefined, nothing],
  'web.recorded': ['fact_web_events', undefined, nothing],
  'change.recorded': ['fact_changes', undefined, nothing],
  'fx_rate.observed': ['fact_fx_rates', undefined, nothing],
  'holiday.observed': ['fact_holidays', undefined, nothing],
}
