import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Store, StoreError } from '../../pipelines/store/client.ts'
import { type Summary, wholeGranules } from './summary.ts'

/** How often a client may be told how far its statement is: asking costs the store a statement. */
export const PROGRESS_MS_MIN = 200

export type Watched = {
  /** The store's id of the statement. */
  readonly query_id: string
  readonly interval_ms: number
  readonly tell: (progress: Summary) => void
}

/**
 * Tells how far a statement is for as long as some work goes on. A store that does not say (it is away, or the user may
 * not read `system.processes`) is told of as zeros: what the client waits for is a sign of life.
 *
 * What comes of the work is handed on at once, even while the store is still being asked: it may be a stream, and one that
 * breaks while nobody listens ends the process.
 */
export function whileTelling<T>(store: Store, watched: Watched, work: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const end = () => ended.abort()
  work.then(end, end)
  return Promise.race([work, tellUntil(ended.signal, store, watched).then(() => work)])
}

async function tellUntil(ended: AbortSignal, store: Store, { interval_ms, query_id, tell }: Watched): Promise<void> {
  const began_ms = performance.now()
  while (!ended.aborted) {
    await delay(interval_ms, undefined, { signal: ended }).catch(() => {})
    if (ended.aborted) return
    const rows = await progressOf(store, query_id, ended)
    if (!ended.aborted) tell({ ...rows, elapsed_ns: String(Math.round((performance.now() - began_ms) * 1e6)) })
  }
}

async function progressOf(store: Store, id: string, signal: AbortSignal): Promise<Summary> {
  const told = await store
    .query<{ read: string; total: string }>(PROGRESS, { id }, { signal })
    .catch((error: unknown) => {
      if (error instanceof StoreError) return []
      throw error
    })
  const { read = 0, total = 0 } = told[0] ?? {}
  return { read_rows: wholeGranules(read), read_bytes: '0', total_rows_to_read: wholeGranules(total) }
}

/** The embedded store keeps our ids as the first word of `log_comment`. */
const PROGRESS = `SELECT toString(read_rows) AS read, toString(total_rows_approx) AS total FROM system.processes
  WHERE query_id = {id:String} OR splitByChar(' ', Settings['log_comment'])[1] = {id:String} LIMIT 1`

/**
 * Sends headers before there is an answer: the status, and `X-ClickHouse-Progress` each time it is called. Those of the
 * answer follow later by `writeHead`, as ClickHouse does it; from here on the status is 200 whatever comes.
 */
export function earlyHead(response: ServerResponse): (progress: Summary) => void {
  let lines = 0
  return (progress) => {
    // Behind another answer on the same connection nothing can be said yet.
    const { socket } = response
    if (response.headersSent || socket === null || socket.destroyed || lines >= LINES_MAX) return
    if (lines === 0) {
      socket.write('HTTP/1.1 200 OK\r\n')
      withoutStatusLine(response)
    }
    lines += 1
    socket.write(`X-ClickHouse-Progress: ${JSON.stringify(progress)}\r\n`)
  }
}

/** Clients take no more than 100 headers (Python), or 16 KB of them (Node). */
const LINES_MAX = 60

/** Node makes status line and headers one text, in a method that has been the same since its first version. */
function withoutStatusLine(response: ServerResponse): void {
  type Storing = { _storeHeader(first_line: string, headers: unknown): void }
  const storing = response as unknown as Storing
  const store = storing._storeHeader.bind(response)
  storing._storeHeader = (_first_line, headers) => store('', headers)
}
