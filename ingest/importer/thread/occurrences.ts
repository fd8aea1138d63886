import { hash128 } from '../../../schemas/hash.ts'
import { ImportError } from '../error.ts'
import { LIMITS } from '../limits.ts'

/**
 * Counts how often each line of a file came before, in 8 bytes of table per different line and not in the lines
 * themselves. Two different lines that share 64 bits of hash (5 million lines: one chance in 1.5 million) are only
 * numbered as if they were equal, and stay distinct by their text.
 */
export class Occurrences {
  #mask = (1 << 16) - 1
  #high = new Uint32Array(1 << 16)
  #low = new Uint32Array(1 << 16)
  #size = 0
  /** Only lines that came more than once; few in any real file. */
  readonly #repeated = new Map<bigint, number>()
  readonly #words = new Uint32Array(4)

  /** 1 for the first time, 2 for the second, and so on. */
  next(line: string): number {
    hash128(line, 0x0c_c0_0c_cc, this.#words)
    const high = this.#words[0]!
    // 0 marks an empty slot. The words are unsigned, as the tables keep them.
    const low = (this.#words[1]! | 1) >>> 0
    if (this.#insert(high, low)) return 1
    const key = (BigInt(high) << 32n) | BigInt(low)
    const count = (this.#repeated.get(key) ?? 1) + 1
    this.#repeated.set(key, count)
    return count
  }

  /** False when it was there. */
  #insert(high: number, low: number): boolean {
    for (let at = high & this.#mask; ; at = (at + 1) & this.#mask) {
      if (this.#low[at] === 0) {
        this.#high[at] = high
        this.#low[at] = low
        if (++this.#size > this.#mask * 0.75) this.#grow()
        return true
      }
      if (this.#high[at] === high && this.#low[at] === low) return false
    }
  }

  #grow(): void {
    if (this.#size > LIMITS.lines_without_key_max) {
      throw new ImportError(
        'too_many_lines',
        `more than ${LIMITS.lines_without_key_max} different lines without a native key; name one in the mapping`,
      )
    }
    const [high, low] = [this.#high, this.#low]
    this.#mask = this.#mask * 2 + 1
    this.#high = new Uint32Array(this.#mask + 1)
    this.#low = new Uint32Array(this.#mask + 1)
    this.#size = 0
    for (let i = 0; i < low.length; i++) if (low[i] !== 0) this.#insert(high[i]!, low[i]!)
  }
}
