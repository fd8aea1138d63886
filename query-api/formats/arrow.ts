import {
  type Data,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
} from 'apache-arrow'
import type { Column, Row } from '../metrics/shape.ts'
import type { Table as Rows } from './table.ts'

/**
 * An Arrow stream of one batch. Counts are Int64, decimals Float64; money and ratios are exact decimal texts, as in
 * JSON. Vectors are built from buffers: value by value is fifty times slower.
 */
export function toArrow({ columns, rows }: Rows): Uint8Array {
  const schema = new Schema(columns.map((column) => new Field(column.name, typeOf(column), true)))
  const children = columns.map((column) => vectorOf(column, rows))
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children })
  return tableToIPC(new Table([new RecordBatch(schema, data)]), 'stream')
}

function typeOf({ unit }: Column): Int64 | Float64 | Utf8 {
  if (unit === 'count') return new Int64()
  return unit === 'decimal' ? new Float64() : new Utf8()
}

function vectorOf(column: Column, rows: readonly Row[]): Data {
  const values = rows.map((row) => row[column.name] ?? null)
  const nullBitmap = new Uint8Array(Math.ceil(rows.length / 8))
  let nullCount = 0
  for (const [i, value] of values.entries()) {
    if (value === null) nullCount++
    else nullBitmap[i >> 3]! |= 1 << (i & 7)
  }
  const shared = { length: rows.length, nullCount, nullBitmap }
  switch (column.unit) {
    case 'count':
      return makeData({ type: new Int64(), ...shared, data: BigInt64Array.from(values, (v) => BigInt(v ?? 0)) })
    case 'decimal':
      return makeData({ type: new Float64(), ...shared, data: Float64Array.from(values, (v) => Number(v ?? 0)) })
    default:
      return textVector(values, shared)
  }
}

function textVector(
  values: readonly (string | number | null)[],
  shared: { readonly length: number; readonly nullCount: number; readonly nullBitmap: Uint8Array },
): Data {
  const texts = values.map((v) => (v === null ? '' : String(v)))
  const valueOffsets = new Int32Array(texts.length + 1)
  for (const [i, text] of texts.entries()) valueOffsets[i + 1] = valueOffsets[i]! + Buffer.byteLength(text)
  return makeData({ type: new Utf8(), ...shared, valueOffsets, data: Buffer.from(texts.join('')) })
}
