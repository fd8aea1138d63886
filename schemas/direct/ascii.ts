/** Printable ASCII without quote and backslash: what a JSON string may hold and spell in one way only. */
export const PLAIN: Uint8Array = new Uint8Array(256).map((_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
)

export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** ASCII text as bytes. @throws RangeError for any other text: our own mistake */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) throw new RangeError(`not ASCII: ${JSON.stringify(text)}`)
    bytes[at] = unit
  }
  return bytes
}

/** Bytes that are known to be ASCII, as text. For the rare case: it makes one string per character. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!)
  return text
}

/** Copies a short piece; a call of `set` would cost more than the loop. @returns the place behind it */
export function copy(out: Uint8Array, at: number, piece: Uint8Array): number {
  const length = piece.length
  for (let i = 0; i < length; i++) out[at + i] = piece[i]!
  return at + length
}

/** The same for bytes that lie within others. */
export function copyRange(out: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  let to_at = at
  for (let i = from; i < to; i++) out[to_at++] = source[i]!
  return to_at
}

/** Writes an integer in decimal, as JSON does; |value| < 2^53. @returns the place behind it */
export function writeInteger(out: Uint8Array, at: number, value: number): number {
  let start = at
  let rest = value
  if (rest < 0) {
    out[start++] = 0x2d
    rest = -rest
  }
  if (rest < WORD) return writeDigits(out, start, rest | 0, digitsOf(rest))
  const high = Math.floor(rest / WORD)
  start = high < WORD ? writeDigits(out, start, high | 0, digitsOf(high)) : writeInteger(out, start, high)
  return writeDigits(out, start, (rest - high * WORD) | 0, 9)
}

/** Below it a number is a 32-bit integer, whose division is cheap. */
const WORD = 1_000_000_000

function writeDigits(out: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value
  for (let i = at + digits - 1; i >= at; i--) {
    const next = (rest / 10) | 0
    out[i] = 48 + rest - next * 10
    rest = next
  }
  return at + digits
}

function digitsOf(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2
    return value < 1_000 ? 3 : value < 10_000 ? 4 : 5
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7
  return value < 100_000_000 ? 8 : 9
}
