/**
 * Maps 128-bit hashes to small integers for the length of one batch: open addressing in a typed array, because a Map
 * keyed by strings costs several times the rest of the judgement.
 */
export class HashTable {
  private readonly slots: Int32Array
  private readonly values: Int32Array
  private readonly mask: number

  /** @param capacity how many hashes will be put at most */
  constructor(capacity: number) {
    let size = 16
    while (size < capacity * 2) size *= 2
    this.slots = new Int32Array(size).fill(-1)
    this.values = new Int32Array(size)
    this.mask = size - 1
  }

  /** The value put for the hash at `hashes[index*4 ..]`, or -1. */
  find(hashes: Uint32Array, index: number): number {
    for (let slot = hashes[index * 4]! & this.mask; ; slot = (slot + 1) & this.mask) {
      const other = this.slots[slot]!
      if (other === -1) return -1
      if (sameWords(hashes, index * 4, hashes, other * 4)) return this.values[slot]!
    }
  }

  /** Puts a value for a hash that is not in the table yet. */
  put(hashes: Uint32Array, index: number, value: number): void {
    let slot = hashes[index * 4]! & this.mask
    while (this.slots[slot] !== -1) slot = (slot + 1) & this.mask
    this.slots[slot] = index
    this.values[slot] = value
  }
}

/** Whether four words from `i` on are those of the other from `j` on. */
export function sameWords(a: Uint32Array, i: number, b: Uint32Array, j: number): boolean {
  return a[i] === b[j] && a[i + 1] === b[j + 1] && a[i + 2] === b[j + 2] && a[i + 3] === b[j + 3]
}
