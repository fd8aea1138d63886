/**
 * Numbers tuples of integers from 0 on in the order in which they first came: open addressing over one typed array,
 * because a key of text for each costs more than all the rest.
 */
export class Tuples {
  /** `width` integers each. */
  parts: Int32Array
  size = 0
  private readonly width: number
  private slots = new Int32Array(2_048)

  constructor(width: number) {
    this.width = width
    this.parts = new Int32Array(width * 1_024)
    this.slots.fill(-1)
  }

  clear(): void {
    this.size = 0
    this.slots.fill(-1)
  }

  /** Where in `parts` a tuple is to be written that {@link take} looks for: behind the last, where it stays if it is new. */
  candidate(): number {
    const at = this.size * this.width
    if (at === this.parts.length) {
      const grown = new Int32Array(at * 2)
      grown.set(this.parts)
      this.parts = grown
    }
    return at
  }

  /** The number of the candidate: `size` before the call where it is new. */
  take(): number {
    const at = this.size * this.width
    const mask = this.slots.length - 1
    for (let slot = this.hashAt(at) & mask; ; slot = (slot + 1) & mask) {
      const known = this.slots[slot]!
      if (known === -1) {
        this.slots[slot] = this.size++
        if (this.size * 2 > this.slots.length) this.rehash()
        return this.size - 1
      }
      if (this.isSame(known * this.width, at)) return known
    }
  }

  private hashAt(at: number): number {
    const { parts, width } = this
    let hash = 0
    for (let n = 0; n < width; n++) hash = Math.imul(hash ^ parts[at + n]!, 0x01000193) ^ (hash >>> 15)
    return hash ^ (hash >>> 16)
  }

  private isSame(a: number, b: number): boolean {
    const { parts, width } = this
    for (let n = 0; n < width; n++) if (parts[a + n] !== parts[b + n]) return false
    return true
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1)
    const mask = this.slots.length - 1
    for (let index = 0; index < this.size; index++) {
      let slot = this.hashAt(index * this.width) & mask
      while (this.slots[slot] !== -1) slot = (slot + 1) & mask
      this.slots[slot] = index
    }
  }
}
