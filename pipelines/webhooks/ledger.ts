import type { Store } from '../store/client.ts'
import { insertRows } from '../store/insert-rows.ts'
import type { Webhook } from './webhook.ts'

/** One attempt, as the delivery log keeps it for 30 days. */
export type Attempt = {
  readonly at_ms: number
  readonly message: string
  /** 1 for the first. */
  readonly attempt: number
  readonly cause: 'schedule' | 'manual' | 'test'
  /** Of the alert's revision in its tenant's partition; -1 for a test. */
  readonly offset: number
  readonly outcome: 'delivered' | 'failed' | 'gone'
  readonly status: number
  readonly detail: string
  readonly duration_ms: number
  /** When it is tried again; 0 for never. */
  readonly next_at_ms: number
}

/** A message that is still to be delivered. */
export type Pending = Pick<Attempt, 'message' | 'offset' | 'next_at_ms'> & { readonly failed: number }

/** How far an epoch of a webhook is: everything before `next_offset` was delivered, given up or is pending. */
export type Place = { readonly next_offset: number; readonly gone: boolean }

type Who = Pick<Webhook, 'tenant' | 'id'>

/** What delivery remembers, so that another process can go on with it at any moment. */
export type Ledger = {
  /** Undefined for an epoch that has not begun. */
  place(webhook: Who & Pick<Webhook, 'epoch'>): Promise<Place | undefined>
  movePlace(webhook: Who & Pick<Webhook, 'epoch'>, place: Place): Promise<void>
  pending(webhook: Who): Promise<readonly Pending[]>
  note(webhook: Who, attempts: readonly Attempt[]): Promise<void>
  /** The newest first. */
  list(webhook: Who, before_ms: number, limit: number): Promise<readonly Attempt[]>
  /** The last attempt of one message. */
  last(webhook: Who, message: string): Promise<Attempt | undefined>
}

export function deliveryLedger(store: Store): Ledger {
  const of = 'tenant = {tenant:String} AND webhook = {id:String}'
  const attempts = async (sql: string, params: Record<string, unknown>) =>
    (await store.query<Row>(`SELECT ${SHOWN} FROM webhook_deliveries WHERE ${of} ${sql}`, params)).map(attemptOf)

  return {
    async place({ epoch, id, tenant }) {
      const [row] = await store.query<{ next: string; gone: number }>(
        `SELECT max(next_offset) AS next, max(gone) AS gone FROM webhook_places
         WHERE ${of} AND epoch = {epoch:UInt32} HAVING count() > 0`,
        { tenant, id, epoch },
      )
      return row === undefined ? undefined : { next_offset: Number(row.next), gone: row.gone > 0 }
    },
    movePlace: ({ epoch, id, tenant }, { gone, next_offset }) =>
      insertRows(store, 'webhook_places', PLACE, [[tenant, id, String(epoch), String(next_offset), gone ? '1' : '0']]),
    async pending({ id, tenant }) {
      // Of two rows of one millisecond the later attempt is the later one.
      const rows = await store.query<Readonly<Record<'message' | 'offset' | 'failed' | 'next', string>>>(
        `SELECT message, argMax(_offset, (at_ms, attempt)) AS offset, max(attempt) AS failed, argMax(next_at_ms, (at_ms, attempt)) AS next
         FROM webhook_deliveries WHERE ${of} GROUP BY message HAVING next > 0 ORDER BY next`,
        { tenant, id },
      )
      return rows.map(({ failed, message, next, offset }) => ({
        ...{ message, offset: Number(offset), failed: Number(failed), next_at_ms: Number(next) },
      }))
    },
    note: async ({ id, tenant }, noted) => {
      const rows = noted.map((one) => [tenant, id, ...FIELDS.map((field) => String(one[field]))])
      if (rows.length > 0) await insertRows(store, 'webhook_deliveries', DELIVERY, rows)
    },
    list: ({ id, tenant }, before, limit) =>
      attempts('AND at_ms < {before:Int64} ORDER BY at_ms DESC, attempt DESC LIMIT {limit:UInt32}', {
        ...{ tenant, id, before, limit },
      }),
    last: async ({ id, tenant }, message) =>
      (
        await attempts('AND message = {message:String} ORDER BY at_ms DESC, attempt DESC LIMIT 1', {
          tenant,
          id,
          message,
        })
      )[0],
  }
}

type Row = Readonly<Record<keyof Attempt, string | number>>

function attemptOf(row: Row): Attempt {
  const { cause, detail, message, outcome } = row as Attempt
  const [at_ms, attempt, duration_ms, next_at_ms, offset, status] = NUMBERS.map((name) => Number(row[name]))
  return {
    ...{ message, cause, outcome, detail },
    ...{ at_ms: at_ms!, attempt: attempt!, duration_ms: duration_ms!, next_at_ms: next_at_ms! },
    ...{ offset: offset!, status: status! },
  }
}

const NUMBERS = ['at_ms', 'attempt', 'duration_ms', 'next_at_ms', 'offset', 'status'] as const
/** In the order of the columns. */
const FIELDS = [
  ...(['at_ms', 'message', 'attempt', 'cause', 'offset'] as const),
  ...(['outcome', 'status', 'detail', 'duration_ms', 'next_at_ms'] as const),
]
const COLUMN_OF = (field: string) => (field === 'offset' ? '_offset' : field)
const DELIVERY = ['tenant', 'webhook', ...FIELDS.map(COLUMN_OF)]
const SHOWN = FIELDS.map((field) => (field === 'offset' ? '_offset AS offset' : field)).join(', ')
const PLACE = ['tenant', 'webhook', 'epoch', 'next_offset', 'gone']
