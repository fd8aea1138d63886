const STEP_BYTES = 262_144
const SEGMENTS_MAX = 512

/** Where some frames of a segment begin, about one every 256 KB: noted while reading, lost with the process. */
export class SegmentIndex {
  readonly #offsets: number[] = []
  readonly #positions: number[] = []

  /** Frames may be noted in any order; those that add little are left out. */
  note(offset: number, position: number): void {
    if (position < (this.#positions.at(-1) ?? 0) + STEP_BYTES) return
    this.#offsets.push(offset)
    this.#positions.push(position)
  }

  /** The last noted frame that begins at or before `offset`; else the segment's start. */
  nearest(base: number, offset: number): { offset: number; position: number } {
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsets[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low === 0
      ? { offset: base, position: 0 }
      : { offset: this.#offsets[low - 1]!, position: this.#positions[low - 1]! }
  }
}

/** The indexes of one thread, the least recently used forgotten first: 512 of at most 256 entries each. */
export class SeekIndexes {
  readonly #byPath = new Map<string, SegmentIndex>()

  of(path: string): SegmentIndex {
    const index = this.#byPath.get(path) ?? new SegmentIndex()
    this.#byPath.delete(path)
    this.#byPath.set(path, index)
    if (this.#byPath.size > SEGMENTS_MAX) this.#byPath.delete(this.#byPath.keys().next().value!)
    return index
  }
}
