import { decimal } from '../decimal.ts'

/** A line of `timestamp,value`, read. */
export type Row = {
  /** Seconds since 1970. */
  readonly time_s: number
  readonly value: number
}

export type Parsed = { readonly kind: 'row'; readonly row: Row } | { readonly kind: 'error'; readonly reason: string }

/** Date and time as most tools write them, with `T` or a blank, a fraction and an offset or none (then it is UTC). */
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?)?$/
/** Larger numbers are milliseconds: as seconds they would lie behind the year 5000. */
const SECONDS_MAX = 1e11

/** Reads `2026-01-31 12:00:00,42.5` or `1769860800,42.5` (seconds or milliseconds since 1970), quoted or not. */
export function parseRow(line: string): Parsed {
  const fields = fieldsOf(line)
  if (fields === null) return error('its quotes do not match')
  if (fields.length !== 2) return error(`a line is timestamp,value, this one has ${fields.length} fields`)
  const [time, value] = fields as readonly [string, string]
  const time_s = secondsOf(time)
  if (time_s === null) return error(`"${shown(time)}" is neither a date and time nor seconds since 1970`)
  if (value === '') return error('the value is missing')
  const number = decimal(value)
  if (number === null) return error(`"${shown(value)}" is not a finite number`)
  return { kind: 'row', row: { time_s, value: number } }
}

/** Whether a first line names its columns: two words, neither of them a time or a number. */
export function isHeader(line: string): boolean {
  const fields = fieldsOf(line)
  return fields?.length === 2 && fields.every((field) => /^[A-Za-z_][\w .%-]*$/.test(field))
}

/** Trimmed, without their quotes (RFC 4180). @returns null where a quote is not closed or stands inside a field */
function fieldsOf(line: string): readonly string[] | null {
  const fields: string[] = []
  let end = 0
  // A comma before the first too: each field begins with one, and none is found behind the last.
  for (const found of `,${line}`.matchAll(FIELD)) {
    fields.push((found[1]?.replaceAll('""', '"') ?? found[2]!).trim())
    end += found[0].length
  }
  return end === line.length + 1 ? fields : null
}

const FIELD = /,[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^",]*))(?=,|$)/gy

function secondsOf(text: string): number | null {
  const number = decimal(text)
  if (number !== null) return Math.abs(number) > SECONDS_MAX ? number / 1000 : number
  if (!ISO.test(text)) return null
  const [date, rest = '00:00Z'] = text.split(/[T ](.*)/s) as [string, string?]
  const clock = rest.replace(' ', '').replace(/([+-]\d{2})(\d{2})$/, '$1:$2')
  const iso = `${date}T${/(?:Z|[+-]\d{2}:\d{2})$/.test(clock) ? clock : `${clock}Z`}`
  const milliseconds = Date.parse(iso)
  if (Number.isNaN(milliseconds) || !isRealDate(date)) return null
  return milliseconds / 1000
}

/** `Date.parse` makes the 2nd of March of a 30th of February. */
function isRealDate(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}

function error(reason: string): Parsed {
  return { kind: 'error', reason }
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
