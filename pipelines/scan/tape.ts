import { CHILD_WIDTH, TAPE_WIDTH } from './families.ts'

/** Rows of slots, one per scanned event (or per object of a list); filled, read column by column, and filled anew. */
export class Tape {
  readonly width: number
  rows = 0
  slots: Float64Array

  constructor(width: number, capacity: number) {
    this.width = width
    this.slots = new Float64Array(width * capacity)
  }

  /** Makes room for one more row and returns where its slots begin; the row counts once `rows` does. */
  next(): number {
    const base = this.rows * this.width
    if (base + this.width > this.slots.length) {
      const grown = new Float64Array(this.slots.length * 2)
      grown.set(this.slots)
      this.slots = grown
    }
    return base
  }
}

export function eventTape(capacity: number): Tape {
  return new Tape(TAPE_WIDTH, capacity)
}

export function childTape(capacity: number): Tape {
  return new Tape(CHILD_WIDTH, capacity)
}
