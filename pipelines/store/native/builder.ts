/** A value as the builders take it and the readers give it back. */
export type NativeValue = number | bigint | string | boolean | Uint8Array | null | readonly NativeValue[]

/**
 * Collects the values of one column of a block. A builder grows as needed and keeps its memory for the next block, so
 * filling batch after batch allocates nothing.
 */
export type ColumnBuilder = {
  readonly rows: number
  /**
   * Adds one value. What fits is stated by each builder; anything else throws a RangeError: a value out of range is our
   * own mistake, since records are checked at the border.
   */
  append(value: NativeValue): void
  /** Adds what ClickHouse calls the type's default: 0, '', []. */
  appendDefault(): void
  /** Bytes that `writeTo` will add, without the column's name and type. */
  bytes(): number
  /** What ClickHouse calls the state prefix: comes before everything else of the column. */
  writePrefix(out: ByteWriter): void
  writeTo(out: ByteWriter): void
  reset(): void
}

/** A builder that takes a column of numbers at a time. */
export type NumbersBuilder = ColumnBuilder & {
  /** The first `count` values, each an integer that the type holds. NaN is what has no value: null, or the type's default. */
  appendNumbers(values: Float64Array, count: number): void
}

/** Texts by number, of which number 0 is the empty one. */
export type TextTable = { readonly size: number; textOf(number: number): string }

/** Memory that a builder keeps after a block; a bigger one is given back. */
export const KEEP_BYTES_MAX = 16 * 1024 * 1024

/** Writes into a buffer whose size was computed beforehand. */
export class ByteWriter {
  readonly buffer: Buffer
  at = 0
  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes)
  }

  varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.buffer[this.at++] = (rest & 127) | 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.at++] = rest
  }

  uint64(value: number): void {
    this.buffer.writeUInt32LE(value % 2 ** 32, this.at)
    this.buffer.writeUInt32LE(Math.floor(value / 2 ** 32), this.at + 4)
    this.at += 8
  }

  bytes(source: Uint8Array): void {
    this.buffer.set(source, this.at)
    this.at += source.length
  }

  text(text: string): void {
    this.varint(Buffer.byteLength(text))
    this.at += this.buffer.write(text, this.at)
  }
}

export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

export function outOfRange(type: string, value: unknown): RangeError {
  return new RangeError(`not a value of ${type}: ${typeof value} ${String(value).slice(0, 60)}`)
}
