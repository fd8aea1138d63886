import { type ByteWriter, type ColumnBuilder, KEEP_BYTES_MAX, type NativeValue, outOfRange } from './builder.ts'

/** Columns whose values all have the same number of bytes. Little-endian machines only, as all that Node runs on are. */
export abstract class FixedBuilder implements ColumnBuilder {
  rows = 0
  protected readonly width: number
  protected readonly type: string
  protected memory: ArrayBuffer
  #capacity: number

  constructor(type: string, width: number, capacity: number) {
    this.type = type
    this.width = width
    this.#capacity = capacity
    this.memory = new ArrayBuffer(capacity * width)
  }

  abstract append(value: NativeValue): void
  /** Makes the typed views after the memory has moved. */
  protected abstract attach(): void
  /** Sets a row to zero. */
  protected abstract clear(row: number): void

  /** Memory is used again and again, so the old value must go. */
  appendDefault(): void {
    this.reserve()
    this.clear(this.rows++)
  }

  protected reserve(rows = 1): void {
    if (this.rows + rows <= this.#capacity) return
    while (this.#capacity < this.rows + rows) this.#capacity *= 2
    const memory = new ArrayBuffer(this.#capacity * this.width)
    new Uint8Array(memory).set(new Uint8Array(this.memory))
    this.memory = memory
    this.attach()
  }

  bytes(): number {
    return this.rows * this.width
  }

  writePrefix(): void {}

  writeTo(out: ByteWriter): void {
    out.bytes(new Uint8Array(this.memory, 0, this.bytes()))
  }

  reset(): void {
    this.rows = 0
    if (this.memory.byteLength <= KEEP_BYTES_MAX) return
    this.#capacity = 1_024
    this.memory = new ArrayBuffer(this.#capacity * this.width)
    this.attach()
  }
}

type SmallArray = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array

/** Integers of up to 32 bits, Date (days, UInt16), Date32 (days, Int32), DateTime (seconds, UInt32), Bool. */
export class SmallIntBuilder extends FixedBuilder {
  #make: (memory: ArrayBuffer) => SmallArray
  #values: SmallArray
  readonly #min: number
  readonly #max: number

  constructor(type: string, layout: SmallLayout, capacity: number) {
    super(type, layout.width, capacity)
    this.#make = layout.view
    this.#values = layout.view(this.memory)
    this.#min = layout.min
    this.#max = layout.max
  }

  protected attach(): void {
    this.#values = this.#make(this.memory)
  }

  append(value: NativeValue): void {
    const number = typeof value === 'boolean' ? Number(value) : value
    if (typeof number !== 'number' || number < this.#min || number > this.#max) throw outOfRange(this.type, value)
    this.reserve()
    this.#values[this.rows] = number
    // A fraction or NaN comes back changed; cheaper than a test beforehand.
    if (this.#values[this.rows] !== number) throw outOfRange(this.type, value)
    this.rows++
  }

  appendNumbers(values: Float64Array, count: number): void {
    this.reserve(count)
    const column = this.#values
    let row = this.rows
    for (let n = 0; n < count; n++, row++) {
      const value = values[n]!
      // NaN becomes 0; any other value must come back as it went in.
      column[row] = value
      if (column[row] !== value && !Number.isNaN(value)) throw outOfRange(this.type, value)
    }
    this.rows = row
  }

  protected clear(row: number): void {
    this.#values[row] = 0
  }
}

export type SmallLayout = {
  readonly width: number
  readonly min: number
  readonly max: number
  readonly view: (memory: ArrayBuffer) => SmallArray
}

export const SMALL_LAYOUTS: Readonly<Record<string, SmallLayout>> = {
  UInt8: { width: 1, min: 0, max: 255, view: (m) => new Uint8Array(m) },
  Bool: { width: 1, min: 0, max: 1, view: (m) => new Uint8Array(m) },
  Int8: { width: 1, min: -128, max: 127, view: (m) => new Int8Array(m) },
  UInt16: { width: 2, min: 0, max: 65_535, view: (m) => new Uint16Array(m) },
  Date: { width: 2, min: 0, max: 65_535, view: (m) => new Uint16Array(m) },
  Int16: { width: 2, min: -32_768, max: 32_767, view: (m) => new Int16Array(m) },
  UInt32: { width: 4, min: 0, max: 2 ** 32 - 1, view: (m) => new Uint32Array(m) },
  DateTime: { width: 4, min: 0, max: 2 ** 32 - 1, view: (m) => new Uint32Array(m) },
  Int32: { width: 4, min: -(2 ** 31), max: 2 ** 31 - 1, view: (m) => new Int32Array(m) },
  // 1900-01-01 to 2299-12-31: what ClickHouse can hold; it would wrap others silently.
  Date32: { width: 4, min: -25_567, max: 120_529, view: (m) => new Int32Array(m) },
}

export class FloatBuilder extends FixedBuilder {
  #values: Float32Array | Float64Array

  constructor(type: 'Float32' | 'Float64', capacity: number) {
    super(type, type === 'Float32' ? 4 : 8, capacity)
    this.#values = this.width === 4 ? new Float32Array(this.memory) : new Float64Array(this.memory)
  }

  protected attach(): void {
    this.#values = this.width === 4 ? new Float32Array(this.memory) : new Float64Array(this.memory)
  }

  protected clear(row: number): void {
    this.#values[row] = 0
  }

  append(value: NativeValue): void {
    if (typeof value !== 'number') throw outOfRange(this.type, value)
    this.reserve()
    this.#values[this.rows++] = value
  }
}

/** FixedString(n): exactly n bytes, from bytes or (n a multiple of 4) from 32-bit words. */
export class FixedStringBuilder extends FixedBuilder {
  #bytes: Uint8Array
  #words: Uint32Array

  constructor(type: string, length: number, capacity: number) {
    super(type, length, capacity)
    this.#bytes = new Uint8Array(this.memory)
    this.#words = new Uint32Array(this.memory, 0, this.memory.byteLength >> 2)
  }

  protected attach(): void {
    this.#bytes = new Uint8Array(this.memory)
    this.#words = new Uint32Array(this.memory, 0, this.memory.byteLength >> 2)
  }

  protected clear(row: number): void {
    this.#bytes.fill(0, row * this.width, (row + 1) * this.width)
  }

  append(value: NativeValue): void {
    if (!(value instanceof Uint8Array) || value.length !== this.width) throw outOfRange(this.type, value)
    this.reserve()
    this.#bytes.set(value, this.rows * this.width)
    this.rows++
  }

  /** The bytes of `source` from `offset` on. */
  appendBytes(source: Uint8Array, offset: number): void {
    if (offset + this.width > source.length) throw outOfRange(this.type, `${source.length} bytes at ${offset}`)
    this.reserve()
    const start = this.rows * this.width
    for (let n = 0; n < this.width; n++) this.#bytes[start + n] = source[offset + n]!
    this.rows++
  }

  /**
   * FixedString(16) of many rows.
   *
   * @param words    four words each
   * @param indexes  which of them, the first `count`
   */
  appendHashes(words: Uint32Array, indexes: Int32Array, count: number): void {
    if (this.width !== 16) throw outOfRange(this.type, 'four words')
    this.reserve(count)
    const column = this.#words
    for (let n = 0, at = this.rows * 4; n < count; n++, at += 4) {
      const from = indexes[n]! * 4
      column[at] = words[from]!
      column[at + 1] = words[from + 1]!
      column[at + 2] = words[from + 2]!
      column[at + 3] = words[from + 3]!
    }
    this.rows += count
  }

  /** FixedString(16) from four words, each 0 to 2^32 − 1, lowest bytes first. */
  appendWords(a: number, b: number, c: number, d: number): void {
    if (this.width !== 16) throw outOfRange(this.type, 'four words')
    this.reserve()
    const at = this.rows * 4
    this.#words[at] = a
    this.#words[at + 1] = b
    this.#words[at + 2] = c
    this.#words[at + 3] = d
    this.rows++
  }
}
