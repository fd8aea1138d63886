import { hash128, hash128Ascii } from '../../schemas/hash.ts'
import { DIMENSIONS, WINDOW_SETS, type WindowSet } from '../../schemas/windows.ts'
import type { Words } from '../scan/words.ts'
import { CellKey, hashOrder, type KeyPart, kindOf, placesOf } from './cell-key.ts'
import { Tuples } from './tuples.ts'

/**
 * Keys of cells by the words they are made of. In a backfill nearly every delivery has a key of its own, so a key is
 * hashed from the words' bytes, and what is coarser than itself it shares with others.
 */
export class ScannedKeys {
  private readonly words: Words
  private readonly tuples = new Tuples(WIDTH)
  private readonly keys: CellKey[] = []
  private readonly coarse = KINDS.filter(({ places }) => places.length < WIDTH).map(({ kind, places }) => ({
    kind,
    places,
    tuples: new Tuples(places.length),
    known: [] as KeyPart[],
  }))
  private readonly text = new Uint8Array(WIDTH * (WORD_BYTES_MAX + 1))
  private readonly hash = new Uint32Array(4)
  private hashes = new Uint32Array(4 * HASHES)
  private hashed = 0

  constructor(words: Words) {
    this.words = words
  }

  get size(): number {
    return this.keys.length
  }

  clear(): void {
    this.tuples.clear()
    this.keys.length = 0
    for (const { known, tuples } of this.coarse) {
      tuples.clear()
      known.length = 0
    }
  }

  /**
   * @param places  slots of the dimensions and of the currency
   * @param slice   a word
   */
  of(tape: Float64Array, base: number, places: readonly number[], slice: number): CellKey {
    const { keys, tuples } = this
    const at = tuples.candidate()
    const { parts } = tuples
    for (let n = 0; n < places.length; n++) parts[at + n] = tape[base + places[n]!]!
    parts[at + places.length] = slice
    const index = tuples.take()
    if (index < keys.length) return keys[index]!
    const key = this.make(at)
    keys.push(key)
    return key
  }

  private make(at: number): CellKey {
    const whole = this.partOf(this.tuples.parts, at, WHOLE)
    const parts: KeyPart[] = []
    if (WHOLE_KIND !== undefined) parts[WHOLE_KIND] = whole
    for (const { kind, known, places, tuples } of this.coarse) {
      const own = tuples.candidate()
      for (let n = 0; n < places.length; n++) tuples.parts[own + n] = this.tuples.parts[at + places[n]!]!
      const index = tuples.take()
      if (index === known.length) known.push(this.partOf(tuples.parts, own, WHOLE.slice(0, places.length)))
      parts[kind] = known[index]!
    }
    return new CellKey(whole.labels, parts)
  }

  /** @param order  0 to the number of labels */
  private partOf(tuple: Int32Array, at: number, order: readonly number[]): KeyPart {
    const { hash } = this
    this.hashInto(tuple, at, order.length)
    if (this.hashed === HASHES) {
      this.hashes = new Uint32Array(4 * HASHES)
      this.hashed = 0
    }
    const place = 4 * this.hashed++
    for (let n = 0; n < 4; n++) this.hashes[place + n] = hash[n]!
    return { labels: order.map((n) => this.words.textOf(tuple[at + n]!)), words: this.hashes, at: place }
  }

  /** The same as `cellHash` of the labels: currency and slice, which are the last, come first. */
  private hashInto(tuple: Int32Array, at: number, length: number): void {
    const { hash, text, words } = this
    let end = 0
    let all = 0
    for (let n = 0; n < length; n++) {
      const word = tuple[at + (n < 2 ? length - 2 + n : n - 2)]!
      if (n > 0) text[end++] = 0
      const from = end
      end = words.copyTo(word, text, from)
      for (let i = from; i < end; i++) all |= text[i]!
    }
    if (all < 128) hash128Ascii(text, 0, end, 0, hash)
    else hash128(hashOrder(Array.from({ length }, (_, n) => words.textOf(tuple[at + n]!))).join('\0'), 0, hash)
  }
}

const WIDTH = DIMENSIONS.length + 2
const WHOLE = Array.from({ length: WIDTH }, (_, n) => n)
/** Hashes that are allocated at a time: what a key keeps of them is not more than their share. */
const HASHES = 1_024
/** See `scan/values.ts`; the words of our own making are shorter. */
const WORD_BYTES_MAX = 512

type Kind = { readonly kind: number; readonly places: readonly number[] }
const KINDS: readonly Kind[] = [...new Map(WINDOW_SETS.map((set: WindowSet) => [kindOf(set), placesOf(set)]))].map(
  ([kind, places]) => ({ kind, places }),
)
const WHOLE_KIND = KINDS.find(({ places }) => places.every((place, n) => place === n) && places.length === WIDTH)?.kind
