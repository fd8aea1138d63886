import { Readable } from 'node:stream'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client'
import type { Params, Settings, StoreOptions } from './access.ts'
import { costOf, type StatementCost } from './cost.ts'
import { detectDeduplication } from './deduplication.ts'
import { StoreError, storeErrorOf } from './errors.ts'
import { openReads, type Reads, rowsOf } from './reads.ts'

export type { Params, Settings, StoreOptions } from './access.ts'
export type { StatementCost } from './cost.ts'
export { StoreError, type StoreErrorKind } from './errors.ts'

/**
 * The store, embedded or remote: `@clickhouse/client` with everything pinned that matters for exactly-once and for how
 * values look. Every failure is a {@link StoreError}.
 *
 * Results come as JSON in which Int64, UInt64 and wider, and Decimal are strings (a double cannot hold them), NaN and
 * infinities are null, and DateTime64 is ISO 8601 in UTC: `2026-01-01T00:00:00.000Z`.
 */
export function connectStore(options: StoreOptions): Store {
  const settings = { ...PINNED, ...options.settings }
  const client = createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    database: options.database,
    application: 'omnify',
    request_timeout: options.request_timeout_ms ?? 120_000,
    max_open_connections: options.connections_max ?? 16,
    compression: { request: false, response: false },
    // Below the server's 3 s (old servers), 10 s (new) and 30 s (embedded): the side that sends must close first, or a
    // request goes into a connection that the server has just closed ("socket hang up").
    keep_alive: { enabled: true, idle_socket_ttl: 2_000, eagerly_destroy_stale_sockets: true },
    use_multipart_params_auto: true,
    // Every failure is thrown; who catches it knows what it means and logs it once.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: settings as ClickHouseSettings,
  })
  const reads = openReads(options, settings)
  const deduplication = detectDeduplication((sql) => queryRows(reads, sql))
  return {
    query: (sql, params, request) => queryRows(reads, sql, params, request),
    queryRaw: (sql, request) => queryRaw(reads, sql, request),
    async command(sql, params, request) {
      try {
        const { clickhouse_settings, ...rest } = common(params, request)
        const off = (await deduplication()).off
        const result = await client.command({
          query: sql,
          ...rest,
          clickhouse_settings: { ...off, ...clickhouse_settings },
        })
        request?.onCost?.(costOf(result.response_headers))
        return { written_rows: Number(result.summary?.written_rows ?? 0), query_id: result.query_id }
      } catch (cause) {
        throw storeErrorOf(cause, doing(sql))
      }
    },
    async insertNative(sql, body, request) {
      const { on, off } = await deduplication()
      const token = request?.token
      const settings = token === undefined ? off : { ...on, insert_deduplication_token: token }
      return insertNative(client, sql, body, { ...request, settings: { ...settings, ...request?.settings } })
    },
    async ping() {
      const result = await client.ping({ select: true })
      if (!result.success) throw storeErrorOf(result.error, 'asking whether the store is there')
    },
    async close() {
      reads.close()
      await client.close()
    },
  }
}

export type RequestOptions = {
  readonly settings?: Settings
  readonly query_id?: string
  /** Aborting closes the connection; the embedded store then stops the statement, a server does for SELECT. */
  readonly signal?: AbortSignal
  /** The values of `params` are texts as ClickHouse's HTTP interface takes them, escapes and all: sent as they are. */
  readonly params_as_sent?: boolean
  /** Told what a read or command cost when its answer has come, or begins to come; of what is streamed also at its end. */
  readonly onCost?: (cost: StatementCost) => void
}

export type InsertOptions = RequestOptions & {
  /** `insert_deduplication_token`: the same token twice writes once, within the table's deduplication window. */
  readonly token?: string
}

export type RawResult = {
  readonly stream: Readable
  readonly query_id: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

export type Store = {
  /** Rows as objects, or as arrays with `format: 'JSONCompactEachRow'`. The whole result is held in memory. */
  query<T>(
    sql: string,
    params?: Params,
    request?: RequestOptions & { readonly format?: 'JSONEachRow' | 'JSONCompactEachRow' },
  ): Promise<T[]>
  /** The bytes of a result in any format, as they come; `sql` has no FORMAT clause. The stream must be read or destroyed. */
  queryRaw(
    sql: string,
    request: RequestOptions & { readonly format: string; readonly params?: Params },
  ): Promise<RawResult>
  /** A statement without a result: DDL, INSERT … SELECT, KILL. */
  command(sql: string, params?: Params, request?: RequestOptions): Promise<{ written_rows: number; query_id: string }>
  /**
   * Inserts blocks in ClickHouse's Native format.
   *
   * @param sql   `INSERT INTO t (a, b) FORMAT Native`, or `INSERT INTO t (a, b) SELECT … FROM input('a …') … FORMAT Native`
   * @param body  blocks of `NativeBlock.finish()`, one after the other
   * @returns rows that reached the table's insert: 0 when a condition let none through, but all of them when a token
   *   made the table drop them as a repetition. What is there must be asked for.
   */
  insertNative(
    sql: string,
    body: Buffer | readonly Buffer[],
    request?: InsertOptions,
  ): Promise<{ written_rows: number }>
  /** @throws StoreError when the store does not answer, or not to us */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Defaults differ between versions and between forms of the store; these are ours in all of them. */
const PINNED: Settings = {
  // Deduplication and durability (docs/decisions.md): an insert is done when it is on disk, and each one by itself.
  async_insert: 0,
  deduplicate_blocks_in_dependent_materialized_views: 0,
  // How values look.
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 0,
  date_time_output_format: 'iso',
  date_time_input_format: 'best_effort',
  // What an outer join has no row for is null: a missing value is not zero.
  join_use_nulls: 1,
}

async function queryRows<T>(
  reads: Reads,
  sql: string,
  params?: Params,
  request?: RequestOptions & { readonly format?: 'JSONEachRow' | 'JSONCompactEachRow' },
): Promise<T[]> {
  try {
    // The rows are held in memory here anyway, and a late error becomes an error of this call.
    const { settings, ...read } = readOf(params, request)
    const statement = `${sql}\nFORMAT ${request?.format ?? 'JSONEachRow'}`
    const answer = await reads.send({ ...read, sql: statement, settings: { ...settings, wait_end_of_query: 1 } })
    request?.onCost?.(costOf(answer.headers))
    return await rowsOf<T>(answer)
  } catch (cause) {
    throw failureOf(cause, sql, request)
  }
}

async function queryRaw(
  reads: Reads,
  sql: string,
  request: RequestOptions & { readonly format: string; readonly params?: Params },
): Promise<RawResult> {
  try {
    const read = readOf(request.params, request)
    const answer = await reads.send({ ...read, sql: `${sql}\nFORMAT ${request.format}` })
    request.onCost?.(costOf(answer.headers))
    // The embedded store says at the end what it could not say at the beginning; a server has no trailers.
    answer.once('end', () => request.onCost?.(costOf(answer.trailers)))
    const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
    return { stream: answer, query_id: headers['x-clickhouse-query-id'] ?? '', headers }
  } catch (cause) {
    throw failureOf(cause, sql, request)
  }
}

function readOf(params: Params | undefined, request: RequestOptions | undefined) {
  const { params_as_sent, query_id, settings, signal } = request ?? {}
  if (params_as_sent !== true) return { params, query_id, settings, signal }
  const as_sent = Object.entries(params ?? {}).map(([name, value]) => [`param_${name}`, String(value)])
  return { query_id, settings: { ...settings, ...Object.fromEntries(as_sent) } as Settings, signal }
}

function failureOf(cause: unknown, sql: string, request: RequestOptions | undefined): StoreError {
  const is_ours = request?.signal?.aborted === true && !(cause instanceof ClickHouseError)
  if (is_ours) return new StoreError('cancelled', 0, `${doing(sql)}: cancelled`, { cause })
  return storeErrorOf(cause, doing(sql))
}

async function insertNative(
  client: ClickHouseClient,
  sql: string,
  body: Buffer | readonly Buffer[],
  request: RequestOptions,
): Promise<{ written_rows: number }> {
  const values = Readable.from(Buffer.isBuffer(body) ? [body] : body, { objectMode: false })
  try {
    const { clickhouse_settings, ...rest } = common(undefined, request)
    // Answers of inserts are empty; waiting for the end makes a late error an error of this call.
    const settings = { ...clickhouse_settings, wait_end_of_query: 1 as const }
    const result = await client.exec({ query: sql, values, ...rest, clickhouse_settings: settings })
    for await (const _ of result.stream);
    return { written_rows: Number(result.summary?.written_rows ?? 0) }
  } catch (cause) {
    throw storeErrorOf(cause, doing(sql))
  }
}

function common(params: Params | undefined, request: RequestOptions | undefined) {
  // The client escapes what it is given as parameters; what it is given as settings it sends as it is.
  const sent = request?.params_as_sent === true ? params : undefined
  const as_sent = Object.entries(sent ?? {}).map(([name, value]) => [`param_${name}`, value])
  return {
    ...(params === undefined || sent !== undefined ? {} : { query_params: params as Record<string, unknown> }),
    ...(request?.query_id === undefined ? {} : { query_id: request.query_id }),
    ...(request?.signal === undefined ? {} : { abort_signal: request.signal }),
    clickhouse_settings: { ...request?.settings, ...Object.fromEntries(as_sent) } as ClickHouseSettings,
  }
}

/** The first words of a statement, for error texts. */
function doing(sql: string): string {
  const text = sql.replace(/\s+/g, ' ').trim()
  return `in the store, ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`
}
