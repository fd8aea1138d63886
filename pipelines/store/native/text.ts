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

  /** The UTF-8 bytes `source[start, end)`. */
  appendBytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.#reserve(length + 5)
    this.#varint(length)
    const bytes = this.#bytes
    let used = this.#used
    if (length <= SHORT) for (let n = start; n < end; n++) bytes[used++] = source[n]!
    else {
      bytes.set(source.subarray(start, end), used)
      used += length
    }
    this.#used = used
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
