import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import { createDeflate, createGzip } from 'node:zlib'
import { type EngineError, engineErrorOf, errorBody, httpStatus } from './errors.ts'
import { LIMITS } from './limits.ts'
import type { Outcome } from './run.ts'

/** What every answer to a statement says about itself. */
export type Head = {
  readonly query_id: string
  readonly format: string
  readonly version: string
  /** Content-Encoding of the answer, or null. */
  readonly encoding: 'gzip' | 'deflate' | null
  /** Marks an error that comes after the status; clients look for it in the last bytes. */
  readonly exception_tag: string
}

/**
 * Sends a result while the statement that makes it still runs. The headers wait until `LIMITS.head_bytes` have come or
 * the statement has ended, so most errors have their own status. A later error goes out as ClickHouse's exception
 * block and the connection is broken off: a cut result must never look complete.
 *
 * @param source  the result's bytes
 * @param ended   settles when the statement has ended; `source` ends after that
 */
export async function sendStream(
  response: ServerResponse,
  head: Head,
  source: Readable,
  ended: Promise<Outcome>,
): Promise<void> {
  const held: Buffer[] = []
  let held_bytes = 0
  let sink: Writable | null = null
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (sink !== null) await write(sink, response, chunk)
      else {
        held.push(chunk)
        held_bytes += chunk.length
        if (held_bytes <= LIMITS.head_bytes) continue
        sink = start(response, head, null)
        for (const part of held.splice(0)) await write(sink, response, part)
      }
    }
    const outcome = await ended
    if (sink === null) sink = start(response, head, outcome)
    // What was not known when the headers went out.
    else response.addTrailers({ [SUMMARY]: summaryOf(outcome) })
    for (const part of held) await write(sink, response, part)
    sink.end()
  } catch (cause) {
    // A source that breaks off does so because its statement was stopped, which has more to say.
    const error = engineErrorOf(
      await ended.then(
        () => cause,
        (reason: unknown) => reason,
      ),
    )
    if (response.destroyed) throw error
    if (sink === null) sendError(response, head, error)
    else breakOff(sink, response, head, error)
  }
}

/** Sends a result that lies complete in a file. */
export function sendFile(response: ServerResponse, head: Head, path: string, outcome: Outcome): Promise<void> {
  return sendStream(response, head, createReadStream(path), Promise.resolve(outcome))
}

export function sendBytes(response: ServerResponse, head: Head, outcome: Outcome): void {
  start(response, head, outcome).end(outcome.bytes ?? undefined)
}

export function sendError(response: ServerResponse, head: Head, error: EngineError): void {
  const body = errorBody(error, head.version)
  response.writeHead(httpStatus(error.code), {
    ...headers({ ...head, encoding: null }, null),
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'X-ClickHouse-Exception-Code': error.code,
  })
  response.end(body)
}

function start(response: ServerResponse, head: Head, outcome: Outcome | null): Writable {
  // Only a body in chunks has trailers.
  const trails = outcome === null && response.req.httpVersion === '1.1'
  response.writeHead(200, { ...headers(head, outcome), ...(trails ? { Trailer: SUMMARY } : {}) })
  if (head.encoding === null) return response
  const encoder = head.encoding === 'gzip' ? createGzip({ level: 3 }) : createDeflate({ level: 3 })
  encoder.pipe(response)
  return encoder
}

const SUMMARY = 'X-ClickHouse-Summary'

function summaryOf(outcome: Outcome | null): string {
  return JSON.stringify({
    read_rows: String(outcome?.rows_read ?? 0),
    read_bytes: String(outcome?.bytes_read ?? 0),
    written_rows: String(outcome?.rows_written ?? 0),
    written_bytes: String(outcome?.bytes_written ?? 0),
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: '0',
    // ClickHouse's name for how long it took is elapsed_ns; this is what it took of the processors.
    cpu_ns: String(Math.round((outcome?.cpu_us ?? 0) * 1_000)),
  })
}

function headers(head: Head, outcome: Outcome | null): Record<string, string> {
  return {
    'Content-Type': CONTENT_TYPES[head.format] ?? 'application/octet-stream',
    'X-ClickHouse-Query-Id': headerValue(head.query_id),
    'X-ClickHouse-Format': headerValue(head.format),
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Server-Display-Name': 'omnify-embedded',
    'X-ClickHouse-Exception-Tag': head.exception_tag,
    [SUMMARY]: summaryOf(outcome),
    ...(head.encoding === null ? {} : { 'Content-Encoding': head.encoding, Vary: 'Accept-Encoding' }),
  }
}

/** Ids and formats come from the client; a header takes only printable ASCII. */
function headerValue(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed())
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONStrings: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  TSV: 'text/tab-separated-values; charset=UTF-8',
  TabSeparatedRaw: 'text/tab-separated-values; charset=UTF-8',
  TabSeparatedWithNames: 'text/tab-separated-values; charset=UTF-8',
  Pretty: 'text/plain; charset=UTF-8',
  PrettyCompact: 'text/plain; charset=UTF-8',
}

/** A reader that takes nothing for too long is cut off: its query holds one of the few worker threads. */
async function write(sink: Writable, response: ServerResponse, chunk: Buffer): Promise<void> {
  if (response.destroyed) throw new Error('the client closed the connection')
  if (sink.write(chunk)) return
  const drained = Promise.withResolvers<void>()
  const timer = setTimeout(() => response.destroy(), LIMITS.send_timeout_ms)
  const gone = (): void => drained.reject(new Error('the client closed the connection'))
  sink.once('drain', drained.resolve)
  response.once('close', gone)
  try {
    await drained.promise
  } finally {
    clearTimeout(timer)
    sink.off('drain', drained.resolve)
    response.off('close', gone)
  }
}

/** The layout is that of ClickHouse 25.11 and later; length counts the text with its line end. */
function breakOff(sink: Writable, response: ServerResponse, head: Head, error: EngineError): void {
  const text = errorBody(error, head.version)
  const tag = head.exception_tag
  const block = `\r\n__exception__\r\n${tag}\r\n${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`
  const cut = (): void => void response.socket?.destroySoon()
  if (sink === response) {
    response.write(block, cut)
    return
  }
  // The compressed stream is closed properly so that its last bytes can be read; the HTTP body is not.
  sink.removeAllListeners('end')
  ;(sink as Writable & Readable).unpipe(response)
  ;(sink as Writable & Readable).on('data', (chunk: Buffer) => response.write(chunk))
  // What was unpiped stays paused until it is told to go on.
  ;(sink as Writable & Readable).resume()
  ;(sink as Writable & Readable).once('end', () => response.write(Buffer.alloc(0), cut))
  sink.end(block)
}
