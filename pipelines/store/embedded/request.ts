import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { decodedBody } from '../request-body.ts'
import { CODES, EngineError } from './errors.ts'
import { LIMITS } from './limits.ts'

/**
 * Reads everything of a request but the data of an insert: query, parameters, settings, from the URL, the headers and
 * (for `multipart/form-data`, which clients use when parameters are too long for a URL) from the form.
 *
 * @param take_body  told the query of the URL; true leaves the body to the caller (an insert's data)
 * @throws EngineError 229 when SQL is longer than `LIMITS.sql_bytes_max`
 */
export async function readRequest(
  message: IncomingMessage,
  url: URL,
  take_body: (query: string) => boolean,
): Promise<StoreRequest> {
  const fields = new Map(url.searchParams)
  const type = message.headers['content-type'] ?? ''
  let body: Readable | null = message.method === 'POST' || message.method === 'PUT' ? bodyOf(message) : null
  let text = ''
  if (body !== null && type.startsWith('multipart/form-data')) {
    const form = await new Response(await collect(body), { headers: { 'content-type': type } }).formData()
    for (const [name, value] of form) {
      if (typeof value !== 'string') throw unsupported('External tables in multipart requests')
      fields.set(name, value)
    }
    body = null
  } else if (body !== null && !take_body(fields.get('query') ?? '')) {
    text = (await collect(body)).toString('utf8')
    body = null
  }
  const query = fields.get('query') ?? ''
  const sql = query !== '' && text !== '' ? `${query}\n${text}` : query + text
  return { sql, body, read_only: message.method === 'GET', ...sortFields(fields, message) }
}

export type StoreRequest = {
  readonly sql: string
  /** The data of an insert, decompressed, or null when all of the body was SQL. */
  readonly body: Readable | null
  readonly query_id: string | null
  readonly database: string | null
  readonly default_format: string
  readonly params: ReadonlyMap<string, string>
  readonly settings: ReadonlyMap<string, string>
  /** Hold the answer back until the statement has ended, so that its status is certain. */
  readonly wait_end: boolean
  /** Compress the answer if the client says that it can read it. */
  readonly compress: boolean
  /** As in ClickHouse, a GET may not write. */
  readonly read_only: boolean
}

/** Parameters that steer the HTTP interface itself. Without sessions and roles, theirs have nothing to steer. */
const TRANSPORT = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'enable_http_compression',
  'http_zlib_compression_level',
  'compress',
  'decompress',
  'client_protocol_version',
])

function sortFields(fields: ReadonlyMap<string, string>, message: IncomingMessage) {
  for (const name of ['compress', 'decompress']) {
    if (fields.get(name) === '1') throw unsupported(`${name}=1 (ClickHouse's own block compression)`)
  }
  const params = new Map<string, string>()
  const settings = new Map<string, string>()
  for (const [name, value] of fields) {
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), value)
    else if (!TRANSPORT.has(name)) settings.set(name, value)
  }
  return {
    query_id: fields.get('query_id') || header(message, 'x-clickhouse-query-id'),
    database: fields.get('database') || header(message, 'x-clickhouse-database'),
    default_format: fields.get('default_format') || header(message, 'x-clickhouse-format') || 'TabSeparated',
    params,
    settings,
    wait_end: fields.get('wait_end_of_query') === '1',
    compress: fields.get('enable_http_compression') === '1',
  }
}

function header(message: IncomingMessage, name: string): string | null {
  const value = message.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

function unsupported(what: string): EngineError {
  return new EngineError(CODES.NOT_IMPLEMENTED, `${what} is not supported by the embedded store`)
}

function bodyOf(message: IncomingMessage): Readable {
  const body = decodedBody(message)
  if (body === null) throw unsupported(`Content-Encoding ${message.headers['content-encoding']}`)
  return body
}

/**
 * By events: an iterator over a stream costs more than all the rest of reading a small statement. What is too much is
 * read and forgotten, since who still sends does not read an answer.
 */
function collect(body: Readable): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= LIMITS.sql_bytes_max) return void chunks.push(chunk)
      chunks = []
      const text = `The statement is longer than ${LIMITS.sql_bytes_max} bytes`
      reject(new EngineError(CODES.QUERY_IS_TOO_LARGE, text))
    })
    body.once('end', () => resolve(Buffer.concat(chunks)))
    body.once('error', reject)
    body.once('close', () => reject(new EngineError(CODES.ABORTED, 'The request ended early')))
  })
}
