/**
 * Texts that come again and again (platforms, campaigns, currencies), as small integers: each distinct one is decoded
 * once, and from then on told by its bytes. Number 0 is the empty text.
 */
export class Words {
  private readonly texts: string[] = []
  private slots = new Int32Array(4_096)
  private hashes = new Int32Array(2_048)
  /** Where the bytes of a word begin in `bytes`; those of word n end where n + 1 begins. */
  private starts = new Int32Array(2_049)
  private bytes = Buffer.allocUnsafeSlow(65_536)

  constructor() {
    this.clear()
  }

  get size(): number {
    return this.texts.length
  }

  textOf(word: number): string {
    return this.texts[word]!
  }

  /** Writes a word's UTF-8 bytes to `out`, which must have room for them. @returns where they end */
  copyTo(word: number, out: Uint8Array, at: number): number {
    const { bytes } = this
    const end = word === 0 ? 0 : this.starts[word + 1]!
    let next = at
    for (let i = word === 0 ? 0 : this.starts[word]!; i < end; i++) out[next++] = bytes[i]!
    return next
  }

  /** Forgets all words: numbers given before mean nothing any more. */
  clear(): void {
    this.texts.length = 0
    this.texts.push('')
    this.slots.fill(-1)
    this.starts[1] = 0
  }

  /**
   * The number of the text whose UTF-8 bytes are `source[start, end)`.
   *
   * @param hash  {@link hashOf} of them, which a reader computes on its way to the end of the text
   */
  of(source: Uint8Array, start: number, end: number, hash: number): number {
    if (start === end) return 0
    const mask = this.slots.length - 1
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const word = this.slots[slot]!
      if (word === -1) return this.add(source, start, end, hash, slot)
      if (this.hashes[word] === hash && this.isSame(word, source, start, end)) return word
    }
  }

  /** The number of a text. */
  ofText(text: string): number {
    const source = Buffer.from(text)
    let hash = HASH_SEED
    for (const byte of source) hash = Math.imul(hash ^ byte, HASH_PRIME)
    return this.of(source, 0, source.length, hash)
  }

  private isSame(word: number, source: Uint8Array, start: number, end: number): boolean {
    const { bytes } = this
    const from = this.starts[word]!
    const length = end - start
    if (this.starts[word + 1]! - from !== length) return false
    for (let i = 0; i < length; i++) if (bytes[from + i] !== source[start + i]) return false
    return true
  }

  private add(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const word = this.texts.length
    const from = this.starts[word]!
    const to = from + end - start
    if (to > this.bytes.length)
      this.bytes = grown(Buffer.allocUnsafeSlow(Math.max(to, this.bytes.length * 2)), this.bytes)
    this.bytes.set(source.subarray(start, end), from)
    this.texts.push(this.bytes.toString('utf8', from, to))
    if (word + 1 >= this.hashes.length) {
      this.hashes = grown(new Int32Array(this.hashes.length * 2), this.hashes)
      this.starts = grown(new Int32Array(this.hashes.length + 1), this.starts)
    }
    this.hashes[word] = hash
    this.starts[word + 1] = to
    this.slots[slot] = word
    if (this.texts.length * 2 > this.slots.length) this.rehash()
    return word
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1)
    const mask = this.slots.length - 1
    for (let word = 1; word < this.texts.length; word++) {
      let slot = spread(this.hashes[word]!) & mask
      while (this.slots[slot] !== -1) slot = (slot + 1) & mask
      this.slots[slot] = word
    }
  }
}

/** FNV-1a, 32 bits: one step a byte, so a reader can take it along. http://www.isthe.com/chongo/tech/comp/fnv/ */
export const HASH_SEED = 0x811c9dc5 | 0
export const HASH_PRIME = 0x01000193

/** FNV's low bits are weak for short texts. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15)
}

function grown<T extends Uint8Array | Int32Array>(into: T, from: T): T {
  into.set(from)
  return into
}
