import type { QuickCheck } from '../quick-fields.ts'
import { UNSURE as NO } from '../quick-fields.ts'
import { bytesOf, textOf } from './ascii.ts'
import { UNSURE } from './scan.ts'

/**
 * Values of a field that has few different ones: currency, zone, country, platform, day. Each is judged by the field's
 * own check when it is seen first; after that its bytes are only compared, and what it becomes on the log lies ready.
 *
 * A table of fixed size in which a new word takes the place of another one: it is bounded whatever is sent.
 */
export class Words {
  /** What stands on the log for a word, its key before it: `,"currency":"USD"`. */
  readonly pieces: Uint8Array[] = []
  /** The value as the check gave it. */
  readonly values: unknown[] = []
  readonly #raws: Uint8Array[]
  readonly #check: QuickCheck
  readonly #mask: number
  readonly #key: string | undefined

  /**
   * @param key what stands before the value, such as `,"currency":`; undefined where only the value is wanted
   * @param slots a power of two
   */
  constructor(key: string | undefined, check: QuickCheck, slots = 512) {
    this.#key = key
    this.#mask = slots - 1
    this.#check = check
    const nothing = new Uint8Array(0)
    this.#raws = new Array(slots).fill(nothing)
    this.pieces = new Array(slots).fill(nothing)
    this.values = new Array(slots).fill(undefined)
  }

  /** The number of the word that lies in these bytes (printable ASCII, not empty), or UNSURE where the check is. */
  find(src: Uint8Array, from: number, to: number): number {
    const length = to - from
    let hash = length
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ src[at]!, 16_777_619)
    const slot = (hash ^ (hash >>> 15)) & this.#mask
    const raw = this.#raws[slot]!
    if (raw.length !== length || length === 0) return this.#learn(src, from, to, slot)
    for (let at = 0; at < length; at++) if (raw[at] !== src[from + at]) return this.#learn(src, from, to, slot)
    return slot
  }

  #learn(src: Uint8Array, from: number, to: number, slot: number): number {
    if (to - from > WORD_BYTES_MAX) return UNSURE
    const value = this.#check(textOf(src, from, to))
    if (value === NO) return UNSURE
    // Not slice, which is a view where src is a Buffer: whoever reads files writes the next piece into the same memory.
    this.#raws[slot] = Uint8Array.from(src.subarray(from, to))
    if (this.#key !== undefined) this.pieces[slot] = bytesOf(this.#key + JSON.stringify(value))
    this.values[slot] = value
    return slot
  }
}

const WORD_BYTES_MAX = 128
