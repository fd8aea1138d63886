/**
 * Which contents of which identities were seen of late: exact, bounded, in typed arrays, because a Map of strings costs
 * several times what the rest of accepting an event does.
 *
 * Two tables of half the size each: when the newer is full, the older is emptied and takes its place. So it remembers
 * at least the last `entries_max / 2` and at most `entries_max`.
 */
export class RecentContents {
  #young: ContentTable
  #old: ContentTable

  /** @param entries_max each takes 48 to 96 bytes, all of it taken at once */
  constructor(entries_max: number) {
    const half = Math.ceil(entries_max / 2)
    this.#young = new ContentTable(half)
    this.#old = new ContentTable(half)
  }

  has(entries: Contents, at: number): boolean {
    return this.#young.has(entries, at) || this.#old.has(entries, at)
  }

  add(entries: Contents, at: number): void {
    if (this.#young.size === this.#young.capacity) {
      const emptied = this.#old
      emptied.clear()
      this.#old = this.#young
      this.#young = emptied
    }
    this.#young.add(entries, at)
  }
}

/**
 * Entries of {@link ENTRY_WORDS} words: identity hash (4), content fingerprint (2), tenant (1, any number that is the
 * tenant's own). The tenant is compared because the hash is no secret one: a collision can be forged.
 */
export type Contents = Uint32Array

export const ENTRY_WORDS = 7

/** A set of entries with open addressing: at most `capacity` of them, in at least twice as many slots. */
export class ContentTable {
  readonly capacity: number
  size = 0
  readonly #entries: Uint32Array
  /** Entry number + 1 by slot; 0 is free. */
  readonly #slots: Uint32Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.#entries = new Uint32Array(capacity * ENTRY_WORDS)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(capacity, 1) * 2)))
  }

  has(entries: Contents, at: number): boolean {
    return this.#slots[this.#slotOf(entries, at)] !== 0
  }

  /** @returns false when it was there already */
  add(entries: Contents, at: number): boolean {
    const slot = this.#slotOf(entries, at)
    if (this.#slots[slot] !== 0) return false
    if (this.size === this.capacity) throw new RangeError(`more than ${this.capacity} entries`)
    this.#entries.set(entries.subarray(at * ENTRY_WORDS, (at + 1) * ENTRY_WORDS), this.size * ENTRY_WORDS)
    this.size += 1
    this.#slots[slot] = this.size
    return true
  }

  clear(): void {
    this.size = 0
    this.#slots.fill(0)
  }

  /** The slot that holds this entry, or the free one where it belongs. */
  #slotOf(entries: Contents, at: number): number {
    const mask = this.#slots.length - 1
    const from = at * ENTRY_WORDS
    let slot = (entries[from]! ^ entries[from + 4]!) & mask
    for (;;) {
      const number = this.#slots[slot]!
      if (number === 0 || this.#isSame(entries, from, (number - 1) * ENTRY_WORDS)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isSame(entries: Contents, from: number, own: number): boolean {
    for (let word = 0; word < ENTRY_WORDS; word += 1) {
      if (entries[from + word] !== this.#entries[own + word]) return false
    }
    return true
  }
}
