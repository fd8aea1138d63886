import {
  type ByteWriter,
  type ColumnBuilder,
  KEEP_BYTES_MAX,
  type NativeValue,
  type NumbersBuilder,
  outOfRange,
} from './builder.ts'

/** Nullable(T): one byte a row that says whether it is null, then the values, with defaults where null. */
export class NullableBuilder implements ColumnBuilder {
  rows = 0
  readonly inner: ColumnBuilder
  #nulls: Uint8Array

  constructor(inner: ColumnBuilder, capacity: number) {
    this.inner = inner
    this.#nulls = new Uint8Array(capacity)
  }

  append(value: NativeValue): void {
    if (value === null) this.appendDefault()
    else {
      this.inner.append(value)
      this.#mark(0)
    }
  }

  appendNumbers(values: Float64Array, count: number): void {
    // Only made for a type whose inner builder takes numbers: see the caller's check of the type.
    const inner = this.inner as NumbersBuilder
    inner.appendNumbers(values, count)
    this.#reserve(count)
    for (let n = 0; n < count; n++) this.#nulls[this.rows + n] = Number.isNaN(values[n]!) ? 1 : 0
    this.rows += count
  }

  /** The default of a Nullable is NULL. */
  appendDefault(): void {
    this.inner.appendDefault()
    this.#mark(1)
  }

  #mark(is_null: 0 | 1): void {
    this.#reserve(1)
    this.#nulls[this.rows++] = is_null
  }

  #reserve(rows: number): void {
    if (this.rows + rows <= this.#nulls.length) return
    const grown = new Uint8Array(Math.max(this.rows + rows, this.#nulls.length * 2))
    grown.set(this.#nulls.subarray(0, this.rows))
    this.#nulls = grown
  }

  bytes(): number {
    return this.rows + this.inner.bytes()
  }

  writePrefix(out: ByteWriter): void {
    this.inner.writePrefix(out)
  }

  writeTo(out: ByteWriter): void {
    out.bytes(this.#nulls.subarray(0, this.rows))
    this.inner.writeTo(out)
  }

  reset(): void {
    this.rows = 0
    this.inner.reset()
    if (this.#nulls.length > KEEP_BYTES_MAX) this.#nulls = new Uint8Array(1_024)
  }
}

/** Array(T): the end of each row's values among all values (UInt64), then the values. */
export class ArrayBuilder implements ColumnBuilder {
  rows = 0
  readonly inner: ColumnBuilder
  #ends: Float64Array

  constructor(inner: ColumnBuilder, capacity: number) {
    this.inner = inner
    this.#ends = new Float64Array(capacity)
  }

  append(value: NativeValue): void {
    if (!Array.isArray(value)) throw outOfRange('Array', value)
    for (const item of value as readonly NativeValue[]) this.inner.append(item)
    this.endRow()
  }

  /** For callers that append to `inner` themselves: everything since the last row is one row. */
  endRow(): void {
    if (this.rows === this.#ends.length) {
      const grown = new Float64Array(this.rows * 2)
      grown.set(this.#ends)
      this.#ends = grown
    }
    this.#ends[this.rows++] = this.inner.rows
  }

  appendDefault(): void {
    this.endRow()
  }

  bytes(): number {
    return this.rows * 8 + this.inner.bytes()
  }

  writePrefix(out: ByteWriter): void {
    this.inner.writePrefix(out)
  }

  writeTo(out: ByteWriter): void {
    for (let row = 0; row < this.rows; row++) out.uint64(this.#ends[row]!)
    this.inner.writeTo(out)
  }

  reset(): void {
    this.rows = 0
    this.inner.reset()
    if (this.#ends.byteLength > KEEP_BYTES_MAX) this.#ends = new Float64Array(1_024)
  }
}
