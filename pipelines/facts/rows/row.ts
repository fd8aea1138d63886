import type { CanonicalEvent } from '../../../schemas/canonical.ts'
import type { Table } from '../../../schemas/tables.ts'

/**
 * A row is an array of values in its table's column order. Strings: '' where unknown; numbers of nullable columns: null;
 * Date: days since 1970; DateTime64(3): ms; DateTime: seconds; Int64: number or decimal string.
 */
export type Row = readonly unknown[]

/** Everything about an event and its place on the log that rows need besides its data. */
export type RowContext = {
  readonly event: CanonicalEvent
  /** The 16 bytes of the identity hash. */
  readonly hash: Uint8Array
  readonly received_ms: number
  readonly day: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Takes the rows of one event; `_row` is given in the order of the calls. */
export type RowSink = (table: Table, middle: Row) => void

/** The columns that every fact table begins with. */
export function head(context: RowContext): Row {
  const { event } = context
  return [event.tenant, event.source, event.id, context.hash, event.occurred_ms, context.received_ms, context.day]
}

/** The columns that every table written from the log ends with. */
export function tail(context: RowContext, row: number): Row {
  return [context.event.run ?? '', context.topic, context.partition, context.offset, row]
}

/** The ad path as six columns. */
export function adPath(data: AdPath): Row {
  return [
    data.platform ?? '',
    data.account ?? '',
    data.campaign ?? '',
    data.ad_group ?? '',
    data.ad ?? '',
    data.creative ?? '',
  ]
}

/** HMACs for joins and the sealed personal data. */
export function personal(event: CanonicalEvent): Row {
  const { sealed } = event
  return [sealed?.email_hmac ?? '', sealed?.phone_hmac ?? '', sealed?.blob ?? '']
}

export type AdPath = {
  readonly platform?: string
  readonly account?: string
  readonly campaign?: string
  readonly ad_group?: string
  readonly ad?: string
  readonly creative?: string
}
