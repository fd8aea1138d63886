import { HASH_PRIME, HASH_SEED, type Words } from './words.ts'

/**
 * Reads single values of canonical JSON from bytes into slots. Each method stands before a value, writes it and passes
 * it; or answers false for whatever is not in our spelling or out of range.
 */
export class ValueReader {
  protected readonly words: Words
  /** Whether only we can have written the bytes: then their UTF-8 is whole, and objects are in our own spelling. */
  protected readonly is_own_log: boolean
  protected bytes: Uint8Array = new Uint8Array(0)
  protected at = 0

  constructor(words: Words, is_own_log: boolean) {
    this.words = words
    this.is_own_log = is_own_log
  }

  /** A text without escapes and control characters; its hash is computed on the way to its end. */
  protected word(slots: Float64Array, at: number, bytes_min: number): boolean {
    const { bytes } = this
    let i = this.at
    if (bytes[i] !== QUOTE) return false
    const start = ++i
    let hash = HASH_SEED
    let all = 0
    let byte = bytes[i]!
    while (byte !== QUOTE) {
      if (!(byte >= 32) || byte === BACKSLASH || byte === DEL || i - start > WORD_MAX) return false
      hash = Math.imul(hash ^ byte, HASH_PRIME)
      all |= byte
      byte = bytes[++i]!
    }
    if (i - start < bytes_min || (all > 127 && !this.is_own_log)) return false
    slots[at] = this.words.of(bytes, start, i, hash)
    this.at = i + 1
    return true
  }

  /** A text that is copied as it is: where it begins and ends. */
  protected range(slots: Float64Array, at: number, bytes_min: number, bytes_max: number): boolean {
    const { bytes } = this
    let i = this.at
    if (bytes[i] !== QUOTE) return false
    const start = ++i
    let all = 0
    let byte = bytes[i]!
    while (byte !== QUOTE) {
      if (!(byte >= 32) || byte === BACKSLASH || byte === DEL) return false
      all |= byte
      byte = bytes[++i]!
    }
    if (i - start < bytes_min || i - start > bytes_max || (all > 127 && !this.is_own_log)) return false
    slots[at] = start
    slots[at + 1] = i
    this.at = i + 1
    return true
  }

  /** `{"name":"text",…}`, kept as JSON. */
  protected object(slots: Float64Array, at: number): boolean {
    const { bytes } = this
    if (!this.is_own_log || bytes[this.at] !== OPEN_BRACE) return false
    let i = this.at + 1
    let quotes = 0
    let byte = bytes[i]!
    while (byte !== CLOSE_BRACE || quotes % 2 === 1) {
      if (!(byte >= 32) || byte === BACKSLASH || byte === OPEN_BRACE) return false
      if (byte === QUOTE) quotes++
      byte = bytes[++i]!
    }
    slots[at] = this.at
    slots[at + 1] = i + 1
    this.at = i + 1
    return true
  }

  /** Up to 15 digits: every such integer is safe. */
  protected integer(slots: Float64Array, at: number, min: number, max: number): boolean {
    const { bytes } = this
    let i = this.at
    const isNegative = bytes[i] === MINUS
    if (isNegative) i++
    const first = i
    let value = 0
    let digit = bytes[i]! - ZERO
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digit = bytes[++i]! - ZERO
    }
    const digits = i - first
    if (digits === 0 || digits > 15 || (bytes[first] === ZERO && (digits > 1 || isNegative))) return false
    if (isNegative) value = -value
    if (value < min || value > max) return false
    slots[at] = value
    this.at = i
    return true
  }

  protected flag(slots: Float64Array, at: number): boolean {
    const isTrue = this.literal(TRUE)
    slots[at] = isTrue ? 1 : 0
    return isTrue || this.literal(FALSE)
  }

  /** 16 hex digits in quotes, as two words. */
  protected fingerprint(slots: Float64Array, at: number): boolean {
    const { bytes } = this
    let i = this.at
    for (let word = 0; word < 2; word++) {
      let value = 0
      for (const end = i + 8; i < end; i++) {
        const digit = HEX[bytes[i]!]
        if (digit === undefined || digit === 255) return false
        value = (value << 4) | digit
      }
      slots[at + word] = value >>> 0
    }
    if (bytes[i] !== QUOTE) return false
    this.at = i + 1
    return true
  }

  /** Passes these bytes if they are next. */
  protected literal(expected: Uint8Array): boolean {
    if (!this.literalAt(expected)) return false
    this.at += expected.length
    return true
  }

  protected literalAt(expected: Uint8Array): boolean {
    const { at, bytes } = this
    // Names differ in their first letters more often than not; the quote before them never does.
    for (let i = 1; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
    return bytes[at] === expected[0]
  }
}

/** The bytes of an ASCII text. */
export const ascii = (text: string) => new TextEncoder().encode(text)
export const COMMA = 44
export const OPEN_BRACE = 123
export const CLOSE_BRACE = 125
export const QUOTE = 34
const BACKSLASH = 92
const MINUS = 45
const ZERO = 48
const DEL = 127
const TRUE = ascii('true')
const FALSE = ascii('false')
const HEX = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) HEX[digit.toString(16).charCodeAt(0)] = digit

/** Bytes of the longest `word`: what is longer may still have few enough characters. */
const WORD_MAX = 512
