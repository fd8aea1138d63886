import { ApiError } from '../problem.ts'
import { toArrow } from './arrow.ts'
import { toCsv } from './csv.ts'
import { toNdjson } from './ndjson.ts'
import { toParquet } from './parquet.ts'
import type { Table } from './table.ts'

export type Format = {
  readonly name: string
  readonly type: string
  /** In pieces where it need not be held as a whole. */
  encode(table: Table): string | Uint8Array | Iterable<string>
}

/** The first is what is sent when nothing is asked for. */
export const FORMATS: readonly Format[] = [
  { name: 'json', type: 'application/json', encode: ({ meta, rows }) => JSON.stringify({ rows, ...meta }) },
  { name: 'ndjson', type: 'application/x-ndjson', encode: toNdjson },
  { name: 'csv', type: 'text/csv', encode: toCsv },
  { name: 'arrow', type: 'application/vnd.apache.arrow.stream', encode: toArrow },
  { name: 'parquet', type: 'application/vnd.apache.parquet', encode: toParquet },
]

/** As a header says it: text is UTF-8. */
export function contentType({ type }: Pick<Format, 'type'>): string {
  return type.includes('apache') ? type : `${type}; charset=utf-8`
}

/**
 * The format of an answer: `?format=` before the Accept header.
 *
 * @throws ApiError `not_acceptable`
 */
export function formatOf(name: string | undefined, accept: string | undefined): Format {
  return chooseFormat(FORMATS, name, accept)
}

/** The same over other formats; the first is what is sent when nothing is asked for. */
export function chooseFormat<F extends { readonly name: string; readonly type: string }>(
  formats: readonly F[],
  name: string | undefined,
  accept: string | undefined,
): F {
  const known = formats.map((f) => f.name).join(', ')
  if (name !== undefined && name !== '') {
    const format = formats.find((f) => f.name.toLowerCase() === name.toLowerCase())
    if (format === undefined) throw new ApiError('not_acceptable', `format is one of ${known}`, { path: 'format' })
    return format
  }
  if (accept === undefined || accept.trim() === '') return formats[0]!
  for (const type of acceptedTypes(accept)) {
    const format = formats.find((f) => matches(f.type, type))
    if (format !== undefined) return format
  }
  throw new ApiError('not_acceptable', `served here: ${formats.map((f) => f.type).join(', ')}`, { path: 'Accept' })
}

/** Media types in the order of their weights (RFC 9110, section 12.5.1); those of weight 0 are refused. */
function acceptedTypes(accept: string): string[] {
  const parsed = accept.split(',').map((part) => {
    const [type = '', ...params] = part.split(';').map((s) => s.trim().toLowerCase())
    const q = Number(params.find((p) => p.startsWith('q='))?.slice(2) ?? 1)
    return { type, q: Number.isNaN(q) ? 0 : q }
  })
  return parsed
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q)
    .map(({ type }) => type)
}

function matches(type: string, asked: string): boolean {
  return asked === '*/*' || asked === type || (asked.endsWith('/*') && type.startsWith(asked.slice(0, -1)))
}
