import {
  type ByteWriter,
  type ColumnBuilder,
  KEEP_BYTES_MAX,
  type NativeValue,
  outOfRange,
  varintBytes,
} from './builder.ts'

/** String: length and bytes of each value, one after the other. Takes strings (written as UTF-8) and bytes. */
export class StringBuilder implements ColumnBuilder {
  rows = 0
  #bytes: Buffer
  #used = 0

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, capacity * 16))
  }

  append(value: NativeValue): void {
    if (typeof value === 'string') this.#appendText(value)
    else if (value instanceof Uint8Array) this.#appendBytes(value)
    else throw outOfRange('String', value)
    this.rows++
  }

  appendDefault(): void {
    this.#reserve(1)
    this.#bytes[this.#used++] = 0
    this.rows++
  }

  #appendText(text: string): void {
    const length = text.length
    this.#reserve(length * 3 + 5)
    if (length <= SHORT && this.#appendAscii(text, length)) return
    // The length is written for the common case that all is ASCII, and put right when it is not.
    const guessed = varintBytes(length)
    const start = this.#used
    const written = this.#bytes.write(text, start + guessed)
    const needed = varintBytes(written)
    if (needed !== guessed) this.#bytes.copyWithin(start + needed, start + guessed, start + guessed + written)
    this.#varint(written)
    this.#used += written
  }

  /** Byte by byte is faster than a call into the engine up to some 30 characters. */
  #appendAscii(text: string, length: number): boolean {
    const bytes = this.#bytes
    const start = this.#used
    for (let n = 0; n < length; n++) {
      const code = text.charCodeAt(n)
      if (code > 127) return false
      bytes[start + 1 + n] = code
    }
    bytes[start] = length
    this.#used = start + 1 + length
    return true
  }

  #appendBytes(value: Uint8Array): void {
    this.#reserve(value.length + 5)
    this.#varint(value.length)
    this.#bytes.set(value, this.#used)
    this.#used += value.length
  }

  #varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#used++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#used++] = rest
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }

  bytes(): number {
    return this.#used
  }

  writePrefix(): void {}

  writeTo(out: ByteWriter): void {
    out.bytes(this.#bytes.subarray(0, this.#used))
  }

  reset(): void {
    this.rows = 0
    this.#used = 0
    if (this.#bytes.length > KEEP_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(KEEP_BYTES_MAX >> 4)
  }
}

const SHORT = 32

/**
 * LowCardinality(String) and LowCardinality(Nullable(String)): each distinct text once per block, and an index per row.
 * Layout: SerializationLowCardinality.cpp of ClickHouse, with one dictionary per block and no shared one.
 */
export class LowCardinalityBuilder implements ColumnBuilder {
  rows = 0
  readonly #keys: StringBuilder
  readonly #index = new Map<string, number>()
  readonly #nullable: boolean
  #rows: Uint32Array
  #last_text: string | null = null
  #last_index = 0

  constructor(nullable: boolean, capacity: number) {
    this.#nullable = nullable
    this.#keys = new StringBuilder(64)
    this.#rows = new Uint32Array(capacity)
    this.reset()
  }

  append(value: NativeValue): void {
    if (value === this.#last_text && value !== null) this.#push(this.#last_index)
    else if (typeof value === 'string') this.#appendText(value)
    else if (value === null && this.#nullable) this.#push(0)
    else throw outOfRange('LowCardinality(String)', value)
  }

  appendDefault(): void {
    if (this.#nullable) this.#push(0)
    else this.#appendText('')
  }

  #appendText(text: string): void {
    let index = this.#index.get(text)
    if (index === undefined) {
      index = this.#keys.rows
      this.#keys.append(text)
      this.#index.set(text, index)
    }
    this.#last_text = text
    this.#last_index = index
    this.#push(index)
  }

  #push(index: number): void {
    if (this.rows === this.#rows.length) {
      const grown = new Uint32Array(this.rows * 2)
      grown.set(this.#rows)
      this.#rows = grown
    }
    this.#rows[this.rows++] = index
  }

  bytes(): number {
    return this.rows === 0 ? 8 : 8 + 8 + 8 + this.#keys.bytes() + 8 + this.rows * this.#width()
  }

  #width(): 1 | 2 | 4 {
    return this.#keys.rows <= 256 ? 1 : this.#keys.rows <= 65_536 ? 2 : 4
  }

  writePrefix(out: ByteWriter): void {
    out.uint64(KEYS_VERSION)
  }

  writeTo(out: ByteWriter): void {
    if (this.rows === 0) return
    const width = this.#width()
    out.uint64((width === 1 ? 0 : width === 2 ? 1 : 2) | HAS_KEYS | NEW_DICTIONARY)
    out.uint64(this.#keys.rows)
    this.#keys.writeTo(out)
    out.uint64(this.rows)
    const indexes = this.#rows.subarray(0, this.rows)
    // Typed arrays convert number by number, truncating: exactly what is wanted.
    const narrow = width === 1 ? new Uint8Array(indexes) : width === 2 ? new Uint16Array(indexes) : indexes
    out.bytes(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength))
  }

  reset(): void {
    this.rows = 0
    this.#keys.reset()
    this.#index.clear()
    this.#last_text = null
    // Index 0 stands for NULL where there is one.
    if (this.#nullable) this.#keys.appendDefault()
    if (this.#rows.byteLength > KEEP_BYTES_MAX) this.#rows = new Uint32Array(1_024)
  }
}

/** KeysSerializationVersion::SharedDictionariesWithAdditionalKeys. */
const KEYS_VERSION = 1
/** IndexesSerializationType: HasAdditionalKeysBit and NeedUpdateDictionary. */
const HAS_KEYS = 1 << 9
const NEW_DICTIONARY = 1 << 10
