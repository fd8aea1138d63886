import type { Store } from '../store/client.ts'
import type { Vault } from '../vault/port.ts'
import type { TraceRequest } from './request.ts'

/** A dead letter: what the pipeline could not use, and why. */
export type LetterPlace = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly source: string
  readonly type: string
  readonly stage: string
  readonly code: string
  readonly path: string
  readonly reason: string
  readonly failed_at: string
  /** Whether it was sent again (`omnify replay`) and taken. */
  readonly replayed: boolean
}

/**
 * Dead letters of an id. The id stands only in the raw bytes, which are sealed, so every dead letter of the tenant is
 * opened: there should be few.
 */
export async function letterPlaces(store: Store, vault: Vault, request: TraceRequest): Promise<LetterPlace[]> {
  const found: LetterPlace[] = []
  for (let after: Row | undefined; ; ) {
    const rows = await nextRows(store, request, after)
    for (const row of rows) {
      const raw = await vault.openRaw(request.tenant, row.raw_sealed)
      if (!isOf(raw, row, request)) continue
      const { offset, raw_sealed: _, replayed, ...letter } = row
      found.push({ ...letter, offset: Number(offset), replayed: replayed === 1 })
    }
    if (rows.length < ROWS_A_PAGE) return found
    after = rows.at(-1)
  }
}

type Row = Omit<LetterPlace, 'offset' | 'replayed'> & {
  readonly offset: string
  readonly raw_sealed: string
  readonly replayed: number
}

function nextRows(store: Store, { tenant }: TraceRequest, after: Row | undefined): Promise<Row[]> {
  return store.query<Row>(
    `SELECT _topic AS topic, _partition AS partition, _offset AS offset, source, type, stage, code, path, reason,
       failed_at, raw_sealed,
       (_topic, _partition, _offset, _row) IN (
         SELECT _topic, _partition, _offset, _row FROM replays WHERE tenant = {tenant:String}) AS replayed
     FROM failed_events
     WHERE tenant = {tenant:String} AND (_topic, _partition, _offset) > ({topic:String}, {partition:UInt16}, {offset:Int64})
     ORDER BY _topic, _partition, _offset LIMIT ${ROWS_A_PAGE}`,
    { tenant, topic: after?.topic ?? '', partition: after?.partition ?? 0, offset: after?.offset ?? -1 },
  )
}

/** What failed before it was an event names its type only in its bytes, and need not be JSON at all. */
function isOf(raw: string, row: Row, { id, source, type }: TraceRequest): boolean {
  let event: { readonly id?: unknown; readonly source?: unknown; readonly type?: unknown } | null
  try {
    event = JSON.parse(raw)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
  if (event === null || typeof event !== 'object' || event.id !== id) return false
  if (source !== undefined && (row.source || event.source) !== source) return false
  return type === undefined || (row.type || event.type) === type
}

const ROWS_A_PAGE = 500
