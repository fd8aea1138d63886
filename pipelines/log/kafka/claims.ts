/** One partition while it is held: what was fetched for it and not polled yet, and where fetching goes on. */

import { type Claim, LogError, type PollOptions } from '../port.ts'
import type { RecordBatch } from '../record-batch.ts'
import type { LiveSession } from './heartbeats.ts'
import type { KafkaSettings } from './options.ts'

export class ClaimBuffer {
  readonly claim: Claim
  readonly live: LiveSession
  /** Offset of the next record to fetch. */
  fetchFrom: number
  /** Counts seeks: a fetch that was under way during one is thrown away. */
  seeks = 0
  private readonly settings: KafkaSettings
  private readonly waiting = new Set<() => void>()
  /** Fetched, oldest first; the first record of the first of them that was not polled; how many there are. */
  private fetches: RecordBatch[] = []
  private head = 0
  private count = 0
  private bytes = 0
  private problem: LogError | null = null
  private dropped = false

  constructor(claim: Claim, live: LiveSession, position: number, settings: KafkaSettings) {
    this.claim = claim
    this.live = live
    this.fetchFrom = position
    this.settings = settings
  }

  /** True when there is room for another fetch. */
  wants(): boolean {
    const { buffer_bytes_max, buffer_records_max } = this.settings
    const room = this.bytes < buffer_bytes_max && this.count < buffer_records_max
    return room && this.problem === null && !this.isLost()
  }

  isLost(): boolean {
    return this.dropped || this.live.isLost()
  }

  put(records: RecordBatch, bytes: number, next: number): void {
    this.fetchFrom = next
    if (records.length === 0) return
    this.fetches.push(records)
    this.count += records.length
    this.bytes += bytes
    this.wake()
  }

  /** Polling throws it until somebody seeks. */
  fail(problem: LogError): void {
    this.problem = problem
    this.wake()
  }

  seek(offset: number): void {
    this.seeks += 1
    this.fetchFrom = offset
    this.forget()
    this.problem = null
  }

  drop(): void {
    this.dropped = true
    this.forget()
    this.wake()
  }

  /** Moves records to `out`: the first however large, then as the limits say. @returns how many */
  take(options: PollOptions, out: RecordBatch): number {
    let [taken, bytes] = [0, 0]
    let full = false
    while (!full && this.fetches.length > 0) {
      const fetch = this.fetches[0]!
      for (; this.head < fetch.length; this.head += 1) {
        const size = fetch.bytesOf(this.head)
        full = taken >= options.records_max || (taken > 0 && bytes + size > options.bytes_max)
        if (full) break
        out.take(fetch, this.head)
        bytes += size
        taken += 1
      }
      if (this.head < fetch.length) break
      this.fetches.shift()
      this.head = 0
    }
    this.bytes -= bytes
    this.count -= taken
    return taken
  }

  /** Throws what a caller of `poll` has to know before it gets records. */
  check(): void {
    if (this.isLost()) throw fenced(this.claim)
    if (this.problem !== null && this.count === 0) throw this.problem
  }

  /** Resolves when something has changed, or after the time. */
  changed(wait_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, wait_ms)
      this.waiting.add(done)
    })
  }

  private forget(): void {
    this.fetches = []
    this.head = 0
    this.count = 0
    this.bytes = 0
  }

  private wake(): void {
    for (const done of [...this.waiting]) done()
  }
}

export function fenced(claim: Claim): LogError {
  const { topic, partition, generation } = claim
  return new LogError('fenced', `the claim of ${topic}/${partition} in generation ${generation} is lost`)
}
