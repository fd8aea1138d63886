import type { Match } from '../../schemas/streams.ts'
import { HASH_PRIME, HASH_SEED, type Words } from '../scan/words.ts'
import type { FlatReader } from './reader.ts'

/** The number of the text that a field holds; the record must have the field. */
export function wordAt({ bytes, places }: FlatReader, field: number, words: Words): number {
  const [start, end] = [places[field * 2]!, places[field * 2 + 1]!]
  let hash = HASH_SEED
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, HASH_PRIME)
  return words.of(bytes, start, end, hash)
}

/** The integer that a field holds as a number or as a text, of up to 15 digits; NaN for anything else. */
export function integerAt({ bytes, places }: FlatReader, field: number): number {
  const end = places[field * 2 + 1]!
  const first = places[field * 2]!
  const isNegative = bytes[first] === MINUS
  const start = isNegative ? first + 1 : first
  if (end === start || end - start > 15) return Number.NaN
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

/** ms since 1970 in the range of the store's type, or NaN. */
export function timeAt(reader: FlatReader, field: number): number {
  const time = integerAt(reader, field)
  return time >= 0 && time <= TIME_MAX_MS ? time : Number.NaN
}

export type CompiledMatch = { readonly field: number; readonly is: Uint8Array }

export function compileMatch(match: Match | undefined, reader: FlatReader): CompiledMatch | undefined {
  return match === undefined ? undefined : { field: reader.numberOf(match.field), is: Buffer.from(match.is) }
}

/** Whether the record matches; a field that it lacks never does. */
export function matches(match: CompiledMatch | undefined, { bytes, places }: FlatReader): boolean {
  if (match === undefined) return true
  const { field, is } = match
  const start = places[field * 2]!
  if (start === -1 || places[field * 2 + 1]! - start !== is.length) return false
  for (let n = 0; n < is.length; n++) if (bytes[start + n] !== is[n]) return false
  return true
}

const MINUS = 45
const ZERO = 48
/** The last of 2299, where DateTime64 ends. */
const TIME_MAX_MS = 10_413_791_999_999
