import type { RecordBatch } from '../../log/record-batch.ts'
import type { Tape } from '../../scan/tape.ts'
import type { Words } from '../../scan/words.ts'

/** Scanned events (or objects of their lists) that become rows of one table, in log order. */
export class Selection {
  count = 0
  /** The row of each on the event tape, */
  events = new Int32Array(512)
  /** on the child tape (only read for tables of a list's objects), */
  children = new Int32Array(512)
  /** its record in the batch, */
  records = new Int32Array(512)
  /** and its `_row`. */
  numbers = new Int32Array(512)

  add(event: number, record: number, child: number, number: number): void {
    if (this.count === this.events.length) this.grow()
    this.events[this.count] = event
    this.records[this.count] = record
    this.children[this.count] = child
    this.numbers[this.count++] = number
  }

  private grow(): void {
    for (const name of ['events', 'children', 'records', 'numbers'] as const) {
      const grown = new Int32Array(this.count * 2)
      grown.set(this[name])
      this[name] = grown
    }
  }
}

/** What the columns of a batch are read from. */
export type BatchSource = {
  readonly topic: string
  readonly partition: number
  readonly records: RecordBatch
  /** Identity hashes, four words a record. */
  readonly hashes: Uint32Array
  readonly words: Words
  readonly events: Tape
  readonly children: Tape
}
