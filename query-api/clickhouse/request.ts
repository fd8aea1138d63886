import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { decodedBody } from '../../pipelines/store/request-body.ts'
import { SQL_LIMITS } from '../sql/limits.ts'
import { unpackBlocks } from './blocks.ts'
import { BiError, CODES } from './errors.ts'
import { PROGRESS_MS_MIN } from './progress.ts'

/** What a request asks for, wherever it says so: URL, headers, form, body. */
export type BiRequest = {
  readonly sql: string
  readonly query_id: string | null
  readonly database: string | null
  readonly default_format: string
  readonly session_id: string | null
  readonly session_timeout_s: number | null
  readonly session_check: boolean
  /** Values of `{name:Type}` as they were sent, for the store to read: one field of TabSeparated, `\N` is NULL. */
  readonly params: Readonly<Record<string, string>>
  readonly settings: ReadonlyMap<string, string>
  /** Hold the answer back until the statement has ended, so that its status and its summary are certain. */
  readonly wait_end: boolean
  /** Compress the answer as HTTP does, if the client says that it can read it. */
  readonly compress: boolean
  /** Send it in ClickHouse's own blocks. */
  readonly blocks: boolean
  /** Tell how far the statement is, in headers, so often. */
  readonly progress: boolean
  readonly progress_ms: number
  /** Of the client's own protocol; 0 when it says nothing. */
  readonly protocol_version: number
}

/** @throws BiError 229 when it is larger than a statement and its parameters may be */
export async function readRequest(message: IncomingMessage, url: URL): Promise<BiRequest> {
  const fields = new Map(url.searchParams)
  const type = message.headers['content-type'] ?? ''
  let text = ''
  if (message.method === 'POST' || message.method === 'PUT') {
    const raw = await collect(decoded(message))
    const body = fields.get('decompress') === '1' ? unpackBlocks(raw, BODY_BYTES_MAX) : raw
    if (type.startsWith('multipart/form-data')) await readForm(body, type, fields)
    else text = body.toString('utf8')
  }
  const query = fields.get('query') ?? ''
  const header = (name: string) => {
    const value = message.headers[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return {
    sql: query !== '' && text !== '' ? `${query}\n${text}` : query + text,
    query_id: fields.get('query_id') || header('x-clickhouse-query-id'),
    database: fields.get('database') || header('x-clickhouse-database'),
    default_format: fields.get('default_format') || header('x-clickhouse-format') || 'TabSeparated',
    session_id: fields.get('session_id') || null,
    session_timeout_s: numberIn(fields.get('session_timeout')),
    session_check: fields.get('session_check') === '1',
    params: paramsIn(fields),
    settings: new Map([...fields].filter(([name]) => !name.startsWith('param_') && !TRANSPORT.has(name))),
    wait_end: fields.get('wait_end_of_query') === '1',
    // On unless it is turned off, as in engines of today.
    compress: !/^(?:0|false)$/.test(fields.get('enable_http_compression') ?? ''),
    blocks: fields.get('compress') === '1',
    progress: fields.get('send_progress_in_http_headers') === '1',
    progress_ms: Math.max(PROGRESS_MS_MIN, numberIn(fields.get('http_headers_progress_interval_ms')) ?? 0),
    protocol_version: numberIn(fields.get('client_protocol_version')) ?? 0,
  }
}

/** Fields that steer the HTTP interface itself. */
const TRANSPORT: ReadonlySet<string> = new Set(
  `query query_id database default_format user password quota_key role session_id session_timeout session_check
   close_session session_timezone_check stacktrace buffer_size wait_end_of_query enable_http_compression
   http_zlib_compression_level send_progress_in_http_headers http_headers_progress_interval_ms compress decompress
   client_protocol_version network_compression_method framing`.split(/\s+/),
)

const BODY_BYTES_MAX = SQL_LIMITS.sql_bytes_max + SQL_LIMITS.params_bytes_max

async function readForm(body: Buffer, type: string, fields: Map<string, string>): Promise<void> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new BiError(CODES.BAD_ARGUMENTS, 'The form of the request cannot be read', { cause })
    })
  for (const [name, value] of form) {
    if (typeof value !== 'string') throw new BiError(CODES.NOT_IMPLEMENTED, 'External tables are not served here')
    fields.set(name, value)
  }
}

function paramsIn(fields: ReadonlyMap<string, string>): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [name, value] of fields) if (name.startsWith('param_')) params[name.slice('param_'.length)] = value
  if (Buffer.byteLength(JSON.stringify(params)) > SQL_LIMITS.params_bytes_max)
    throw new BiError(CODES.QUERY_IS_TOO_LARGE, `Parameters have at most ${SQL_LIMITS.params_bytes_max} bytes`)
  return params
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}

function decoded(message: IncomingMessage): Readable {
  const body = decodedBody(message)
  if (body !== null) return body
  throw new BiError(CODES.NOT_IMPLEMENTED, `Content-Encoding ${message.headers['content-encoding']} is not served here`)
}

async function collect(body: Readable): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > BODY_BYTES_MAX)
        throw new BiError(CODES.QUERY_IS_TOO_LARGE, `A request has at most ${BODY_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof BiError) throw cause
    throw new BiError(CODES.CANNOT_DECOMPRESS, 'The body of the request cannot be read', { cause })
  }
  return Buffer.concat(chunks)
}
