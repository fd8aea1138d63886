import type { Answer } from '../metrics/answer.ts'
import { ApiError } from '../problem.ts'
import { toArrow } from './arrow.ts'
import { toCsv } from './csv.ts'

export type Format = {
  readonly name: string
  readonly type: string
  encode(answer: Answer): string | Uint8Array
}

/** The first is what is sent when nothing is asked for. */
export const FORMATS: readonly Format[] = [
  {
    name: 'json',
    type: 'application/json',
    encode: ({ rows, watermark, query_id }) => JSON.stringify({ rows, watermark, query_id }),
  },
  { name: 'csv', type: 'text/csv', encode: toCsv },
  { name: 'arrow', type: 'application/vnd.apache.arrow.stream', encode: toArrow },
]

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
