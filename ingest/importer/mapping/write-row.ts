import { bytesOf, copy, PLAIN, QUOTE, writeInteger } from '../../../schemas/direct/ascii.ts'
import { ZONE_MISSING } from './convert.ts'

/** The cells of a row, in the order of the mapping's columns; undefined where the file has no such column. */
export type Cells = readonly (string | undefined)[]

/** A value of a row: null where it is unknown, ZONE_MISSING for a local time without a zone. */
export type Read = (cells: Cells) => unknown

export type Field = {
  readonly name: string
  readonly outer: string
  /** Of `personal.email` the `email`. */
  readonly inner: string | undefined
  readonly value: Read
  /** The code of a row where this field, which a setting should have filled, stays unknown. */
  readonly unset: 'currency_missing' | 'zone_missing' | undefined
}

export type RowParts = {
  readonly source: string
  readonly type: string
  readonly id: Read | undefined
  readonly occurred: Read
  readonly fields: readonly Field[]
}

/**
 * A function that writes a row as the JSON text of its event, for `DirectEncoder` to read: cheaper than an object with
 * twenty fields and all that is made of it. It answers -1 to whatever it cannot write (a missing zone or currency, a
 * nested field, a cell that JSON would escape), and the caller goes the long way.
 */
export function rowWriter({ source, type, id, occurred, fields }: RowParts) {
  const head = bytesOf(`{"source":"${source}","type":"${type}","id":`)
  const keys = fields.map(({ outer }) => bytesOf(`,"${outer}":`))
  return (cells: Cells, own_id: string | undefined, out: Uint8Array): number => {
    const key = id === undefined ? own_id : id(cells)
    const at_time = occurred(cells)
    if (typeof key !== 'string' || typeof at_time !== 'string') return -1
    let at = writeValue(out, copy(out, 0, head), key)
    if (at === -1) return -1
    at = writeValue(out, copy(out, at, OCCURRED_AT), at_time)
    if (at === -1) return -1
    at = copy(out, at, DATA)
    const data_at = at
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!
      const value = field.value(cells)
      if (value === null && field.unset === undefined) continue
      if (value === null || value === ZONE_MISSING || field.inner !== undefined) return -1
      at = writeValue(out, copy(out, at, keys[i]!), value)
      if (at === -1) return -1
    }
    // Each field was written with a comma before it; the first one's place is that of the brace.
    if (at === data_at) return -1
    out[data_at] = OPEN_OBJECT
    return copy(out, at, END)
  }
}

const OCCURRED_AT = bytesOf(',"occurred_at":')
const DATA = bytesOf(',"data":')
const END = bytesOf('}}')
const OPEN_OBJECT = 0x7b
/** More than the key of a field, a number and the end take together; the head takes less too. */
const SLACK_BYTES = 512

function writeValue(out: Uint8Array, from: number, value: unknown): number {
  if (from + SLACK_BYTES > out.length) return -1
  if (typeof value === 'string') {
    const length = value.length
    if (from + length + SLACK_BYTES > out.length) return -1
    out[from] = QUOTE
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (PLAIN[unit] !== 1) return -1
      out[from + 1 + i] = unit
    }
    out[from + 1 + length] = QUOTE
    return from + length + 2
  }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? writeInteger(out, from, value) : writeText(out, from, JSON.stringify(value))
  }
  return typeof value === 'boolean' ? writeText(out, from, String(value)) : -1
}

function writeText(out: Uint8Array, from: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[from + i] = text.charCodeAt(i)
  return from + text.length
}
