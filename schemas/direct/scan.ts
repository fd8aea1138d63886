import {
  bytesOf,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  copyRange,
  OPEN_LIST,
  OPEN_OBJECT,
  PLAIN,
  QUOTE,
  textOf,
} from './ascii.ts'

/** What stands in a slot. A string's place includes its quotes; a nested value's its braces. */
export const ABSENT = 0
export const STRING = 1
/** Its grammar is not checked here: whoever takes it accepts plain digits only. */
export const NUMBER = 2
export const TRUE = 3
export const FALSE = 4
export const NULL = 5
export const NESTED = 6

/** The answer where only the slow way can tell. */
export const UNSURE = -1

/**
 * Finds the values of a JSON object whose keys are known, without making anything of them: where each begins and ends.
 *
 * It gives up ({@link UNSURE}) at whatever is rare: a key that is not known or comes twice, an escape, a byte that is
 * not printable ASCII. Senders write the same keys in the same order, so the key that came next last time is compared
 * first, and a name is looked up only when that was wrong.
 */
export class ObjectScanner {
  readonly tags: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly #slots: ReadonlyMap<string, number>
  /** `"name":` of all names, one behind the other. */
  readonly #keys: Uint8Array
  readonly #key_starts: Int32Array
  /** The slot that followed a slot last time; the one that came first lies behind all of them. */
  readonly #followers: Uint8Array
  #behind_key = 0

  constructor(names: readonly string[]) {
    this.tags = new Uint8Array(names.length)
    this.starts = new Int32Array(names.length)
    this.ends = new Int32Array(names.length)
    this.#slots = new Map(names.map((name, slot) => [name, slot]))
    const keys = names.map((name) => `"${name}":`)
    this.#keys = bytesOf(keys.join(''))
    this.#key_starts = new Int32Array(names.length + 1)
    for (const [slot, key] of keys.entries()) this.#key_starts[slot + 1] = this.#key_starts[slot]! + key.length
    this.#followers = Uint8Array.from([...names.keys(), 0], (slot) => (slot + 1) % names.length)
    this.#followers[names.length] = 0
  }

  slotOf(name: string): number {
    const slot = this.#slots.get(name)
    if (slot === undefined) throw new Error(`the scanner knows no field ${name}`)
    return slot
  }

  /**
   * @param from where the object's brace is
   * @param nested reads an object or list itself: from a slot and a place to the place behind it, or UNSURE
   * @returns the place behind the object, or UNSURE
   */
  scan(src: Uint8Array, from: number, nested: (slot: number, src: Uint8Array, at: number) => number): number {
    const { tags, starts, ends } = this
    const keys = this.#keys
    const key_starts = this.#key_starts
    const followers = this.#followers
    tags.fill(ABSENT)
    if (src[from] !== OPEN_OBJECT) return UNSURE
    let at = skipSpace(src, from + 1)
    if (src[at] === CLOSE_OBJECT) return at + 1
    let before = tags.length
    for (;;) {
      let slot = followers[before]!
      let key_at = key_starts[slot]!
      const key_end = key_starts[slot + 1]!
      let place = at
      while (key_at < key_end && src[place] === keys[key_at]) {
        place++
        key_at++
      }
      if (key_at !== key_end) {
        slot = this.#lookUp(src, at)
        if (slot === UNSURE) return UNSURE
        followers[before] = slot
        place = this.#behind_key
      }
      before = slot
      if (tags[slot] !== ABSENT) return UNSURE
      if (src[place]! <= 0x20) place = skipSpace(src, place)
      const byte = src[place]!
      starts[slot] = place
      if (byte === QUOTE) {
        place++
        while (PLAIN[src[place]!] === 1) place++
        if (src[place] !== QUOTE) return UNSURE
        place++
        tags[slot] = STRING
      } else if (NUMERIC[byte] === 1) {
        while (NUMERIC[src[place]!] === 1) place++
        tags[slot] = NUMBER
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        place = nested(slot, src, place)
        if (place === UNSURE) return UNSURE
        tags[slot] = NESTED
      } else {
        const tag = literalAt(src, place)
        if (tag === ABSENT) return UNSURE
        tags[slot] = tag
        place += tag === FALSE ? 5 : 4
      }
      ends[slot] = place
      if (src[place]! <= 0x20) place = skipSpace(src, place)
      if (src[place] === CLOSE_OBJECT) return place + 1
      if (src[place] !== COMMA) return UNSURE
      at = src[place + 1]! <= 0x20 ? skipSpace(src, place + 1) : place + 1
    }
  }

  /** Writes `"name":` of a slot. @returns the place behind it */
  writeKey(slot: number, out: Uint8Array, at: number): number {
    return copyRange(out, at, this.#keys, this.#key_starts[slot]!, this.#key_starts[slot + 1]!)
  }

  /** The slot of the key that begins at a place; sets where its value begins. */
  #lookUp(src: Uint8Array, at: number): number {
    if (src[at] !== QUOTE) return UNSURE
    let end = at + 1
    while (PLAIN[src[end]!] === 1) end++
    const colon = skipSpace(src, end + 1)
    if (src[end] !== QUOTE || src[colon] !== COLON) return UNSURE
    this.#behind_key = colon + 1
    return this.#slots.get(textOf(src, at + 1, end)) ?? UNSURE
  }
}

/** The place behind an object or list, found by its braces alone: whoever reads it then finds out what it is. */
export function skipNested(src: Uint8Array, from: number): number {
  let depth = 0
  for (let at = from; at < src.length; at++) {
    const byte = src[at]!
    if (byte === QUOTE) {
      at++
      while (PLAIN[src[at]!] === 1) at++
      if (src[at] !== QUOTE) return UNSURE
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--
      if (depth === 0) return at + 1
    } else if (byte === 0x0a) return UNSURE
  }
  return UNSURE
}

export function skipSpace(src: Uint8Array, from: number): number {
  let at = from
  while (src[at] === 0x20 || src[at] === 0x09 || src[at] === 0x0a || src[at] === 0x0d) at++
  return at
}

const NUMERIC = new Uint8Array(256)
for (const byte of bytesOf('0123456789+-.eE')) NUMERIC[byte] = 1

function literalAt(src: Uint8Array, at: number): number {
  for (const [bytes, tag] of LITERALS) {
    let same = 0
    while (same < bytes.length && src[at + same] === bytes[same]) same++
    if (same === bytes.length) return tag
  }
  return ABSENT
}

const LITERALS: readonly (readonly [Uint8Array, number])[] = [
  [bytesOf('true'), TRUE],
  [bytesOf('false'), FALSE],
  [bytesOf('null'), NULL],
]
