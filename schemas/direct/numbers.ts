import { UNSURE } from './scan.ts'

/** Numbers and times read from bytes by their digits. All answer {@link UNSURE} to whatever is not the usual spelling. */

/** A count of at most 15 digits, as JSON spells it; neither sign nor leading zero. */
export function countAt(src: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length === 0 || length > 15 || (length > 1 && src[from] === ZERO)) return UNSURE
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = src[at]! - ZERO
    if (digit < 0 || digit > 9) return UNSURE
    value = value * 10 + digit
  }
  return value
}

/** No decimal: NaN, because every number is a possible amount. */
export const NO_DECIMAL = Number.NaN

/**
 * A decimal with at most 9 digits before the point and 6 behind it, in millionths. Exact, and of a JSON number the same
 * as `parseMoney` of the double nearest to it.
 *
 * @param json whether it must follow JSON's grammar: digits behind a point, no leading zeros
 */
export function microsAt(src: Uint8Array, from: number, to: number, json: boolean): number {
  const negative = src[from] === MINUS
  const whole_from = negative ? from + 1 : from
  let at = whole_from
  let value = 0
  for (; at < to; at++) {
    const digit = src[at]! - ZERO
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
    if (at - whole_from === 9) return NO_DECIMAL
  }
  if (at === whole_from) return NO_DECIMAL
  if (json && at - whole_from > 1 && src[whole_from] === ZERO) return NO_DECIMAL
  let decimals = 0
  if (at < to) {
    if (src[at] !== POINT) return NO_DECIMAL
    decimals = to - at - 1
    if (decimals > 6 || (json && decimals === 0)) return NO_DECIMAL
    for (at++; at < to; at++) {
      const digit = src[at]! - ZERO
      if (digit < 0 || digit > 9) return NO_DECIMAL
      value = value * 10 + digit
    }
  }
  const micros = value * SCALES[decimals]!
  return negative && micros !== 0 ? -micros : micros
}

/** Ms of the day of `HH:MM:SS[.mmm]Z`, which begins at `from` and ends at `to`. */
export function timeOfDayAt(src: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length !== 9 && length !== 13) return UNSURE
  if (src[to - 1] !== ZULU || src[from + 2] !== COLON || src[from + 5] !== COLON) return UNSURE
  const hour = pairAt(src, from)
  const minute = pairAt(src, from + 3)
  const second = pairAt(src, from + 6)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return UNSURE
  let ms = 0
  if (length === 13) {
    const tens = pairAt(src, from + 10)
    const hundreds = src[from + 9]! - ZERO
    if (src[from + 8] !== POINT || tens < 0 || hundreds < 0 || hundreds > 9) return UNSURE
    ms = hundreds * 100 + tens
  }
  return ((hour * 60 + minute) * 60 + second) * 1000 + ms
}

function pairAt(src: Uint8Array, at: number): number {
  const tens = src[at]! - ZERO
  const ones = src[at + 1]! - ZERO
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? UNSURE : tens * 10 + ones
}

const SCALES = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1]
const ZERO = 0x30
const POINT = 0x2e
const MINUS = 0x2d
const COLON = 0x3a
const ZULU = 0x5a
