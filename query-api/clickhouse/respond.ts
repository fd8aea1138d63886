import type { ServerResponse } from 'node:http'
import type { Duplex, Readable, Writable } from 'node:stream'
import { constants, createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib'
import { packBlocks } from './blocks.ts'
import { type BiError, CODE_NAMES, statusOf } from './errors.ts'
import type { BiFormat } from './formats.ts'
import { packLz4Frame } from './lz4-frame.ts'
import { DISPLAY_NAME } from './names.ts'
import type { Summary } from './summary.ts'

/** What every answer says of itself. */
export type Head = {
  readonly query_id: string
  readonly format: BiFormat
  readonly version: string
  readonly time_zone: string
  readonly summary: Summary
  readonly watermark: string | null
  /** Content-Encoding of the answer, or null. */
  readonly encoding: Encoding | null
  /** In ClickHouse's own blocks. */
  readonly blocks: boolean
  readonly progress: boolean
  /** Marks an error that comes after the status; clients look for it in the last bytes. */
  readonly exception_tag: string
}

/**
 * Sends an answer as it comes. The status waits for the first bytes, so that most errors have one of their own.
 *
 * @param failureOf  what the client is told of an error that comes after that; the answer is then broken off, for a cut
 *   one must never look whole
 * @throws what the rows fail with before anything was sent
 */
export async function sendRows(
  response: ServerResponse,
  head: Head,
  rows: Readable,
  failureOf: (cause: unknown) => Promise<{ readonly error: BiError; readonly name: string }>,
): Promise<void> {
  await begun(rows)
  response.writeHead(200, headersOf(head))
  const { last, sink } = sinkOf(response, head)
  try {
    await whole(rows, sink, response)
  } catch (cause) {
    if (response.destroyed) return
    const { error, name } = await failureOf(cause)
    breakOff(sink, last, response, head.exception_tag, errorText(error, name, head.version))
  }
}

/** Waits for the first bytes, or the end. */
async function begun(rows: Readable): Promise<void> {
  // What has failed before anybody listened does not say so again.
  if (rows.errored !== null) throw rows.errored
  const { promise, reject, resolve } = Promise.withResolvers<void>()
  rows.once('readable', resolve).once('end', resolve).once('error', reject)
  try {
    await promise
  } finally {
    rows.off('readable', resolve).off('end', resolve).off('error', reject)
  }
}

/** Sends all of it and ends the answer, or stops reading when the client is gone. */
async function whole(rows: Readable, sink: Writable, response: ServerResponse): Promise<void> {
  const { promise, reject, resolve } = Promise.withResolvers<void>()
  const gone = () => rows.destroy()
  rows.once('error', reject).once('close', resolve)
  response.once('close', gone)
  // An iterator would join what has come meanwhile into new memory.
  rows.pipe(sink)
  try {
    await promise
  } finally {
    rows.unpipe(sink)
    response.off('close', gone)
  }
}

export function sendError(response: ServerResponse, head: Head, error: BiError, name: string): void {
  const body = errorText(error, name, head.version)
  response.writeHead(statusOf(error.code), {
    ...headersOf({ ...head, encoding: null }),
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'X-ClickHouse-Exception-Code': error.code,
    ...(RETRYABLE.has(statusOf(error.code)) && !response.hasHeader('retry-after') ? { 'Retry-After': '2' } : {}),
  })
  response.end(body)
}

const RETRYABLE: ReadonlySet<number> = new Set([429, 503])

export type Encoding = keyof typeof ENCODERS

/** The encoding that a client reads and that costs least. */
export function encodingFor(accepted: string): Encoding | null {
  const names = accepted.split(',').flatMap((entry) => {
    const [name, ...params] = entry.split(';').map((part) => part.trim().toLowerCase())
    return params.some((param) => /^q=0(?:\.0*)?$/.test(param)) ? [] : [name!]
  })
  return (Object.keys(ENCODERS) as Encoding[]).find((name) => names.includes(name)) ?? null
}

/** The first one is preferred. */
const ENCODERS = {
  zstd: () => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  gzip: () => createGzip({ level: 3 }),
  deflate: () => createDeflate({ level: 3 }),
  lz4: packLz4Frame,
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
} as const satisfies Readonly<Record<string, () => Duplex>>

/** Where the rows are written, and the last step before the response; null when nothing packs them. */
type Way = { readonly sink: Writable; readonly last: Duplex | null }

function sinkOf(response: ServerResponse, { blocks, encoding }: Head): Way {
  const encoder = encoding === null ? null : ENCODERS[encoding]()
  const packer = blocks ? packBlocks() : null
  encoder?.pipe(response)
  packer?.pipe(encoder ?? response)
  return { sink: packer ?? encoder ?? response, last: encoder ?? packer }
}

function headersOf(head: Head): Record<string, string> {
  return {
    'Content-Type': head.format.type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-ClickHouse-Query-Id': headerValue(head.query_id),
    'X-ClickHouse-Format': head.format.name,
    'X-ClickHouse-Timezone': head.time_zone,
    'X-ClickHouse-Server-Display-Name': DISPLAY_NAME,
    'X-ClickHouse-Exception-Tag': head.exception_tag,
    ...(head.progress ? { 'X-ClickHouse-Progress': JSON.stringify(head.summary) } : {}),
    'X-ClickHouse-Summary': JSON.stringify(head.summary),
    ...(head.watermark === null ? {} : { 'X-Omnify-Watermark': head.watermark }),
    ...(head.encoding === null ? {} : { 'Content-Encoding': head.encoding }),
    Vary: 'Accept-Encoding, Authorization',
  }
}

/** Ids come from the client; a header takes only printable ASCII. */
function headerValue(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed())
}

/** The body ClickHouse would send. */
function errorText(error: BiError, name: string, version: string): string {
  const named = name === '' ? '' : ` (${name})`
  const by = version === '' ? '' : ` (version ${version})`
  return `Code: ${error.code}. DB::Exception: ${error.message.replace(/\.$/, '')}.${named}${by}\n`
}

export function nameOfCode(code: number, names: ReadonlyMap<number, string>): string {
  return names.get(code) ?? CODE_NAMES.get(code) ?? ''
}

/** The layout is that of ClickHouse 25.11 and later; length counts the text with its line end. */
function breakOff(sink: Writable, last: Duplex | null, response: ServerResponse, tag: string, text: string): void {
  const block = `\r\n__exception__\r\n${tag}\r\n${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`
  const cut = (): void => void response.socket?.destroySoon()
  if (last === null) {
    response.write(block, cut)
    return
  }
  // What packs is closed properly so that its last bytes can be read; the HTTP body is not.
  last.unpipe(response)
  last.on('data', (chunk: Buffer) => response.write(chunk))
  last.once('end', () => response.write(Buffer.alloc(0), cut))
  // Without a pipe it stands still.
  last.resume()
  sink.end(block)
}
