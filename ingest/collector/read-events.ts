import { isUtf8 } from 'node:buffer'
import type { Rejection } from '../../schemas/parse.ts'
import { RequestProblem } from '../http/problem.ts'

/** What a body holds: one entry per event, in order. A line that is no JSON is an entry too, with its reason. */
export type RawEvents = {
  readonly events: readonly unknown[]
  /** By index in `events`. */
  readonly unreadable: ReadonlyMap<number, Rejection>
}

/** Limits of one request. */
export const EVENTS_MAX = 50_000
export const EVENT_BYTES_MAX = 1_000_000

export type BodyFormat = 'json' | 'ndjson' | 'unknown'

/**
 * The format that a content type stands for. Undefined: none that is read here. Without a content type the first
 * character tells: `[` begins an array, anything else is lines.
 */
export function formatOf(contentType: string | undefined): BodyFormat | undefined {
  if (contentType === undefined || contentType.trim() === '') return 'unknown'
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/json') return 'json'
  return NDJSON_TYPES.has(type) ? 'ndjson' : undefined
}

/** @throws RequestProblem `invalid_json` (of a JSON body), `too_many_events` */
export function readEvents(body: Buffer, format: BodyFormat): RawEvents {
  const from = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
  const isJson = format === 'json' || (format === 'unknown' && firstByte(from) === OPEN_BRACKET)
  const read = isJson ? readJson(from) : readLines(from)
  if (read.events.length > EVENTS_MAX) throw tooMany()
  return read
}

/** An array of events, or a single one. */
function readJson(body: Buffer): RawEvents {
  if (!isUtf8(body)) throw new RequestProblem('invalid_json', 'the body is not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (cause) {
    const hint = firstByte(body) === OPEN_BRACE ? '; for one event a line, send application/x-ndjson' : ''
    throw new RequestProblem('invalid_json', jsonProblem(cause) + hint, { cause })
  }
  const events = Array.isArray(value) ? value : [value]
  const unreadable = new Map<number, Rejection>()
  // An event cannot be larger than the body that holds it.
  if (body.length > EVENT_BYTES_MAX) {
    for (const [index, event] of events.entries()) {
      if (Buffer.byteLength(JSON.stringify(event)) > EVENT_BYTES_MAX) unreadable.set(index, TOO_LARGE)
    }
  }
  return { events, unreadable }
}

/** One event a line. Empty lines are skipped; a bad one costs only itself. */
function readLines(body: Buffer): RawEvents {
  const events: unknown[] = []
  const unreadable = new Map<number, Rejection>()
  const isText = isUtf8(body)
  for (let from = 0, line = 1; from < body.length; line += 1) {
    const end = body.indexOf(NEW_LINE, from)
    const bytes = body.subarray(from, end === -1 ? body.length : end)
    from = end === -1 ? body.length : end + 1
    if (isBlank(bytes)) continue
    if (events.length === EVENTS_MAX) throw tooMany()
    const read = readLine(bytes, isText, line)
    if ('rejection' in read) unreadable.set(events.length, read.rejection)
    events.push('event' in read ? read.event : undefined)
  }
  return { events, unreadable }
}

function readLine(bytes: Buffer, isText: boolean, line: number): { event: unknown } | { rejection: Rejection } {
  if (bytes.length > EVENT_BYTES_MAX) return { rejection: { ...TOO_LARGE, path: `line ${line}` } }
  const refused = (reason: string) => ({ rejection: { code: 'invalid_json' as const, path: `line ${line}`, reason } })
  if (!isText && !isUtf8(bytes)) return refused('not UTF-8')
  try {
    return { event: JSON.parse(bytes.toString()) }
  } catch (error) {
    return refused(jsonProblem(error))
  }
}

/** What JSON.parse found, without the piece of the text that it quotes: it may hold personal data. */
function jsonProblem(error: unknown): string {
  return `not JSON: ${(error as Error).message.replace(/, "?(?:\.\.\.)?".*$/s, '')}`
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false
  return true
}

function firstByte(bytes: Buffer): number | undefined {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09 && byte !== NEW_LINE) return byte
  return undefined
}

function tooMany(): RequestProblem {
  return new RequestProblem('too_many_events', `more than ${EVENTS_MAX} events in one request`)
}

const TOO_LARGE: Rejection = { code: 'event_too_large', path: '', reason: `larger than ${EVENT_BYTES_MAX} bytes` }
const NDJSON_TYPES: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/json-lines',
  'application/jsonlines',
])
const NEW_LINE = 0x0a
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
