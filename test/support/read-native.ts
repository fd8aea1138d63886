import type { NativeValue } from '../../pipelines/store/native/builder.ts'
import { parseType } from '../../pipelines/store/native/types.ts'

/**
 * Reads blocks of ClickHouse's Native format, as `FORMAT Native` over HTTP gives them. Values are decoded when they are
 * asked for; nothing is copied but what alignment demands, so `bytes` must not change while a block is in use.
 *
 * @throws RangeError for a type without a reader and for bytes that end too early
 */
export function readNative(bytes: Buffer): NativeRead[] {
  const blocks: NativeRead[] = []
  const source = new ByteReader(bytes)
  while (source.at < bytes.length) {
    const count = source.varint()
    const rows = source.varint()
    const columns = new Map<string, ColumnReader>()
    for (let n = 0; n < count; n++) {
      const name = source.text()
      const type = source.text()
      if (rows === 0) columns.set(name, { type, value: noSuchRow, number: noSuchRow })
      else {
        readPrefix(type, source)
        columns.set(name, readColumn(type, rows, source))
      }
    }
    blocks.push({ rows, columns })
  }
  return blocks
}

export type NativeRead = { readonly rows: number; readonly columns: ReadonlyMap<string, ColumnReader> }

export type ColumnReader = {
  readonly type: string
  /** Any value. 64-bit integers are numbers where that is exact, else bigints; Int128 are bigints; strings are text. */
  value(row: number): NativeValue
  /** A number, without a detour over bigint. Throws a RangeError for null, text, and integers beyond 2^53. */
  number(row: number): number
}

class ByteReader {
  readonly bytes: Buffer
  at = 0
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.skip(1)]!
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }

  uint64(): number {
    const at = this.skip(8)
    return this.bytes.readUInt32LE(at) + this.bytes.readUInt32LE(at + 4) * 2 ** 32
  }

  text(): string {
    const length = this.varint()
    const at = this.skip(length)
    return this.bytes.toString('utf8', at, at + length)
  }

  /** Moves on and returns where it was. */
  skip(length: number): number {
    const { at } = this
    if (at + length > this.bytes.length)
      throw new RangeError(`native data ends at ${this.bytes.length}, not at ${at + length}`)
    this.at += length
    return at
  }

  /** A copy of the next bytes, which typed arrays of any width can stand on. */
  aligned(length: number): ArrayBuffer {
    const at = this.skip(length)
    const copy = new ArrayBuffer(length)
    new Uint8Array(copy).set(this.bytes.subarray(at, at + length))
    return copy
  }
}

function readPrefix(type: string, source: ByteReader): void {
  const { name, argument } = parseType(type)
  if (name === 'Array' || name === 'Nullable') readPrefix(argument, source)
  else if (name === 'LowCardinality' && source.uint64() !== 1) throw new RangeError(`unknown layout of ${type}`)
}

function readColumn(type: string, rows: number, source: ByteReader): ColumnReader {
  const { name, argument } = parseType(type)
  const small = SMALL_VIEWS[name]
  if (small !== undefined) {
    const values = small.view(source.aligned(rows * small.width))
    const number = (row: number): number => values[checked(row, rows)]!
    return { type, value: name === 'Bool' ? (row) => number(row) === 1 : number, number }
  }
  switch (name) {
    case 'Int64':
    case 'DateTime64':
    case 'UInt64':
      return read64(type, rows, source, name === 'UInt64')
    case 'Int128':
      return read128(type, rows, source)
    case 'FixedString':
      return readFixedString(type, rows, source, Number(argument))
    case 'String':
      return readStrings(type, rows, source)
    case 'LowCardinality':
      return readLowCardinality(type, argument, source)
    case 'Nullable':
      return readNullable(type, argument, rows, source)
    case 'Array':
      return readArray(type, argument, rows, source)
  }
  throw new RangeError(`no native reader for the type ${type}`)
}

type Numbers = { readonly [row: number]: number }

const SMALL_VIEWS: Readonly<Record<string, { width: number; view: (memory: ArrayBuffer) => Numbers }>> = {
  UInt8: { width: 1, view: (m) => new Uint8Array(m) },
  Bool: { width: 1, view: (m) => new Uint8Array(m) },
  Int8: { width: 1, view: (m) => new Int8Array(m) },
  UInt16: { width: 2, view: (m) => new Uint16Array(m) },
  Date: { width: 2, view: (m) => new Uint16Array(m) },
  Int16: { width: 2, view: (m) => new Int16Array(m) },
  UInt32: { width: 4, view: (m) => new Uint32Array(m) },
  DateTime: { width: 4, view: (m) => new Uint32Array(m) },
  Int32: { width: 4, view: (m) => new Int32Array(m) },
  Date32: { width: 4, view: (m) => new Int32Array(m) },
  Float32: { width: 4, view: (m) => new Float32Array(m) },
  Float64: { width: 8, view: (m) => new Float64Array(m) },
}

function read64(type: string, rows: number, source: ByteReader, unsigned: boolean): ColumnReader {
  const memory = source.aligned(rows * 8)
  const low = new Uint32Array(memory)
  const high = unsigned ? low : new Int32Array(memory)
  const whole = unsigned ? new BigUint64Array(memory) : new BigInt64Array(memory)
  const inexact = (row: number): number => high[checked(row, rows) * 2 + 1]! * 2 ** 32 + low[row * 2]!
  return {
    type,
    value: (row) => {
      const number = inexact(row)
      return Number.isSafeInteger(number) ? number : whole[row]!
    },
    number: (row) => {
      const number = inexact(row)
      if (!Number.isSafeInteger(number)) throw new RangeError(`${type} ${whole[row]} is no exact number`)
      return number
    },
  }
}

function read128(type: string, rows: number, source: ByteReader): ColumnReader {
  const memory = source.aligned(rows * 16)
  const low = new BigUint64Array(memory)
  const high = new BigInt64Array(memory)
  const value = (row: number): bigint => (high[checked(row, rows) * 2 + 1]! << 64n) | low[row * 2]!
  return {
    type,
    value,
    number: (row) => {
      const number = Number(value(row))
      if (!Number.isSafeInteger(number)) throw new RangeError(`${type} ${value(row)} is no exact number`)
      return number
    },
  }
}

function readFixedString(type: string, rows: number, source: ByteReader, length: number): ColumnReader {
  const start = source.skip(rows * length)
  const { bytes } = source
  return {
    type,
    value: (row) => bytes.subarray(start + checked(row, rows) * length, start + (row + 1) * length),
    number: () => notNumber(type),
  }
}

function readStrings(type: string, rows: number, source: ByteReader): ColumnReader {
  const starts = new Uint32Array(rows)
  const ends = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) {
    const length = source.varint()
    starts[row] = source.skip(length)
    ends[row] = source.at
  }
  const { bytes } = source
  return {
    type,
    value: (row) => bytes.toString('utf8', starts[checked(row, rows)]!, ends[row]!),
    number: () => notNumber(type),
  }
}

/** The engine writes one dictionary per block; each key is decoded once. */
function readLowCardinality(type: string, inner: string, source: ByteReader): ColumnReader {
  const flags = source.uint64()
  const width = [1, 2, 4][flags & 0xff]
  if (width === undefined || (flags & HAS_KEYS) === 0 || (flags & GLOBAL_DICTIONARY) !== 0) {
    throw new RangeError(`unknown layout of ${type}`)
  }
  const nullable = inner.startsWith('Nullable(')
  const key_count = source.uint64()
  const key_column = readColumn(nullable ? parseType(inner).argument : inner, key_count, source)
  const keys: NativeValue[] = []
  for (let n = 0; n < key_count; n++) keys.push(nullable && n === 0 ? null : key_column.value(n))
  const rows = source.uint64()
  const memory = source.aligned(rows * width)
  const indexes = width === 1 ? new Uint8Array(memory) : width === 2 ? new Uint16Array(memory) : new Uint32Array(memory)
  return { type, value: (row) => keys[indexes[checked(row, rows)]!]!, number: () => notNumber(type) }
}

const HAS_KEYS = 1 << 9
const GLOBAL_DICTIONARY = 1 << 8

function readNullable(type: string, inner: string, rows: number, source: ByteReader): ColumnReader {
  const start = source.skip(rows)
  const column = readColumn(inner, rows, source)
  const { bytes } = source
  const isNull = (row: number): boolean => bytes[start + checked(row, rows)] === 1
  return {
    type,
    value: (row) => (isNull(row) ? null : column.value(row)),
    number: (row) => (isNull(row) ? notNumber(type) : column.number(row)),
  }
}

function readArray(type: string, inner: string, rows: number, source: ByteReader): ColumnReader {
  const ends = Float64Array.from({ length: rows }, () => source.uint64())
  const total = rows === 0 ? 0 : ends[rows - 1]!
  const column = total === 0 ? null : readColumn(inner, total, source)
  return {
    type,
    value: (row) => {
      const from = checked(row, rows) === 0 ? 0 : ends[row - 1]!
      return Array.from({ length: ends[row]! - from }, (_, n) => column!.value(from + n))
    },
    number: () => notNumber(type),
  }
}

function checked(row: number, rows: number): number {
  if (row < 0 || row >= rows) throw new RangeError(`there is no row ${row} among ${rows}`)
  return row
}

function noSuchRow(): never {
  throw new RangeError('the block has no rows')
}

function notNumber(type: string): never {
  throw new RangeError(`a value of ${type} is no number`)
}
