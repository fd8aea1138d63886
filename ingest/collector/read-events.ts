import { isUtf8 } from 'node:buffer'
import type { Rejection } from '../../schemas/parse.ts'
import type { JsonEvents } from '../accept.ts'
import { RequestProblem } from '../http/problem.ts'
import { isNestedTooDeeply, NESTED_REASON } from '../nesting.ts'
import { elementsOf } from './elements.ts'

/** What a body holds: one entry per event, in order. A line that is no JSON is an entry too, with its reason. */
export type RawEvents = {
  readonly events: readonly unknown[] | JsonEvents
  readonly count: number
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
  if (read.count > EVENTS_MAX) throw tooMany()
  return read
}

/** An array of events, or a single one. */
function readJson(body: Buffer): RawEvents {
  if (!isUtf8(body)) throw new RequestProblem('invalid_json', 'the body is not UTF-8')
  return readElements(body) ?? readWhole(body)
}

/** The elements of an array, where it is one of objects; whether they are JSON is seen when they are read. */
function readElements(body: Buffer): RawEvents | undefined {
  const cut = elementsOf(body)
  // An event is measured as it is spelled by us, which may be longer than the sender's own spelling.
  if (cut === undefined || cut.longest > EVENT_BYTES_MAX / 8) return undefined
  const { starts, ends } = cut
  const parse = (index: number) => {
    try {
      return { event: JSON.parse(body.toString('utf8', starts[index]!, ends[index]!)) as unknown }
    } catch (cause) {
      // Then the array is none either; what is wrong with it is said as of any other.
      readWhole(body)
      throw cause
    }
  }
  return { events: { bytes: body, starts, ends, parse }, count: starts.length, unreadable: new Map() }
}

function readWhole(body: Buffer): RawEvents {
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
      if (isNestedTooDeeply(event)) unreadable.set(index, TOO_DEEP)
      else if (Buffer.byteLength(JSON.stringify(event)) > EVENT_BYTES_MAX) unreadable.set(index, TOO_LARGE)
    }
  }
  return { events, count: events.length, unreadable }
}

/** One event a line. Empty lines are skipped; a bad one costs only itself. */
function readLines(body: Buffer): RawEvents {
  const starts: number[] = []
  const ends: number[] = []
  const lines: { readonly number: number; readonly from: number; readonly to: number }[] = []
  const isText = isUtf8(body)
  for (let from = 0, line = 1; from < body.length; line += 1) {
    const newline = body.indexOf(NEW_LINE, from)
    const stop = newline === -1 ? body.length : newline
    const to = behindText(body, from, stop)
    if (to > from) {
      if (starts.length === EVENTS_MAX) throw tooMany()
      starts.push(from)
      ends.push(stop - from > EVENT_BYTES_MAX ? -1 : to)
      lines.push({ number: line, from, to: stop })
    }
    from = stop + 1
  }
  const parse = (index: number) => {
    const { from, to, number } = lines[index]!
    return readLine(body.subarray(from, to), isText, number)
  }
  return { events: { bytes: body, starts, ends, parse }, count: starts.length, unreadable: new Map() }
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

/** The place behind the last byte that is no space; `from` for a blank line. */
function behindText(bytes: Buffer, from: number, to: number): number {
  let at = to
  while (at > from && (bytes[at - 1] === 0x20 || bytes[at - 1] === 0x0d || bytes[at - 1] === 0x09)) at -= 1
  return at
}

function firstByte(bytes: Buffer): number | undefined {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09 && byte !== NEW_LINE) return byte
  return undefined
}

function tooMany(): RequestProblem {
  return new RequestProblem('too_many_events', `more than ${EVENTS_MAX} events in one request`)
}

const TOO_DEEP: Rejection = { code: 'invalid_event', path: '', reason: NESTED_REASON }
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
