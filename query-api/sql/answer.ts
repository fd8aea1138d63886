import type { Readable } from 'node:stream'
import { ApiError } from '../problem.ts'
import { SQL_LIMITS } from './limits.ts'

/** The answer of `POST /v1/sql` as JSON. */
export type SqlAnswer = {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** The row of WITH TOTALS, where the statement has it. */
  readonly totals?: readonly unknown[]
  /** Rows that the store read, in whole granules of 8,192: the exact number would count other tenants' rows in them. */
  readonly rows_read: number
  /** RFC 3339; the oldest of the tenant's sources, null when nothing was ever read. */
  readonly watermark: string | null
  readonly query_id: string
}

/**
 * Reads a result in the engine's format JSONCompact.
 *
 * @throws ApiError `too_many_rows` with the limit that it passes. A server stops at it by itself; the embedded store,
 *   whose results go through a pipe, is stopped here.
 */
export async function readAnswer(stream: Readable, watermark: string | null, query_id: string): Promise<SqlAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop closes the stream, and with it the statement.
    if (bytes > SQL_LIMITS.bytes_max) throw tooLarge(`${SQL_LIMITS.bytes_max} bytes`)
    chunks.push(chunk)
  }
  const body = JSON.parse(Buffer.concat(chunks).toString()) as {
    meta: { name: string; type: string }[]
    data: unknown[][]
    totals?: unknown[]
    statistics: { rows_read: number }
  }
  if (body.data.length > SQL_LIMITS.rows_max) throw tooLarge(`${SQL_LIMITS.rows_max} rows; it has ${body.data.length}`)
  return {
    columns: body.meta,
    rows: body.data,
    ...(body.totals === undefined ? {} : { totals: body.totals }),
    rows_read: Math.ceil(body.statistics.rows_read / GRANULE_ROWS) * GRANULE_ROWS,
    watermark,
    query_id,
  }
}

/** What the store reads at once (ClickHouse's `index_granularity`). Tenants share those at their edges. */
const GRANULE_ROWS = 8_192

function tooLarge(limit: string): ApiError {
  return new ApiError('too_many_rows', `a JSON answer has at most ${limit}: ask for NDJSON, CSV, Arrow or Parquet`)
}
