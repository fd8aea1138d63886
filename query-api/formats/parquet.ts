import type { Column, Row } from '../metrics/shape.ts'
import type { Table } from './table.ts'
import { encodeStruct, type Struct, type Value, writeVarint } from './thrift.ts'

/**
 * A Parquet file of one row group: plain pages, not compressed, every column optional. Counts are INT64, decimals
 * DOUBLE; money and ratios are exact decimal texts, as in JSON and Arrow.
 * https://parquet.apache.org/docs/file-format/
 */
export function toParquet({ columns, rows }: Table): Buffer {
  const parts: Buffer[] = [MAGIC]
  let at = MAGIC.length
  const chunks = (rows.length === 0 ? [] : columns).map((column): Value => {
    const page = pageOf(column, rows)
    parts.push(page)
    const chunk = chunkOf(column, rows.length, at, page.length)
    at += page.length
    return { struct: chunk }
  })
  const group: Struct = [
    [1, { list: chunks }],
    [2, { i64: at - MAGIC.length }],
    [3, { i64: rows.length }],
  ]
  const footer = encodeStruct([
    [1, { i32: 1 }],
    [2, { list: schemaOf(columns) }],
    [3, { i64: rows.length }],
    [4, { list: rows.length === 0 ? [] : [{ struct: group }] }],
    [6, { text: 'omnify' }],
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([...parts, footer, length, MAGIC])
}

const MAGIC = Buffer.from('PAR1')

/** Numbers of the format's enumerations. */
const TYPE = { INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const
const OPTIONAL = 1
const UTF8 = 0
const PLAIN = 0
const RLE = 3
const UNCOMPRESSED = 0
const DATA_PAGE = 0

function typeOf({ unit }: Column): number {
  if (unit === 'count') return TYPE.INT64
  return unit === 'decimal' ? TYPE.DOUBLE : TYPE.BYTE_ARRAY
}

function schemaOf(columns: readonly Column[]): Value[] {
  const root: Struct = [
    [4, { text: 'rows' }],
    [5, { i32: columns.length }],
  ]
  const leaves = columns.map((column): Struct => {
    const type = typeOf(column)
    return [
      [1, { i32: type }],
      [3, { i32: OPTIONAL }],
      [4, { text: column.name }],
      ...(type === TYPE.BYTE_ARRAY ? ([[6, { i32: UTF8 }]] as const) : []),
    ]
  })
  return [root, ...leaves].map((struct) => ({ struct }))
}

function chunkOf(column: Column, rows: number, offset: number, bytes: number): Struct {
  const meta: Struct = [
    [1, { i32: typeOf(column) }],
    [2, { list: [{ i32: PLAIN }, { i32: RLE }] }],
    [3, { list: [{ text: column.name }] }],
    [4, { i32: UNCOMPRESSED }],
    [5, { i64: rows }],
    [6, { i64: bytes }],
    [7, { i64: bytes }],
    [9, { i64: offset }],
  ]
  return [
    [2, { i64: offset }],
    [3, { struct: meta }],
  ]
}

/** A page with its header: which values are there, then those. */
function pageOf(column: Column, rows: readonly Row[]): Buffer {
  const values = rows.map((row) => row[column.name] ?? null)
  const levels = levelsOf(values)
  const known = values.filter((value) => value !== null)
  const body = Buffer.concat([levels, plainOf(column, known)])
  const header: Struct = [
    [1, { i32: DATA_PAGE }],
    [2, { i32: body.length }],
    [3, { i32: body.length }],
    [
      5,
      {
        struct: [
          [1, { i32: values.length }],
          [2, { i32: PLAIN }],
          [3, { i32: RLE }],
          [4, { i32: RLE }],
        ],
      },
    ],
  ]
  return Buffer.concat([encodeStruct(header), body])
}

/** Definition levels, one bit a value, as a single bit-packed run of groups of eight. */
function levelsOf(values: readonly unknown[]): Buffer {
  const groups = Math.ceil(values.length / 8)
  const run: number[] = []
  writeVarint(run, groups * 2 + 1)
  const bits = Buffer.alloc(groups)
  for (const [i, value] of values.entries()) if (value !== null) bits[i >> 3]! |= 1 << (i & 7)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(run.length + bits.length)
  return Buffer.concat([length, Buffer.from(run), bits])
}

function plainOf(column: Column, values: readonly (string | number)[]): Buffer {
  switch (typeOf(column)) {
    case TYPE.INT64:
      return Buffer.from(BigInt64Array.from(values, (value) => BigInt(value)).buffer)
    case TYPE.DOUBLE:
      return Buffer.from(Float64Array.from(values, Number).buffer)
    default:
      return Buffer.concat(
        values.flatMap((value) => {
          const text = Buffer.from(String(value))
          const length = Buffer.alloc(4)
          length.writeUInt32LE(text.length)
          return [length, text]
        }),
      )
  }
}
