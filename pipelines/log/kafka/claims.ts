/** One partition while it is held: what was fetched for it and not polled yet, and where fetching goes on. */

import { type Claim, LogError, type LogRecord, type PollOptions } from '../port.ts'
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
  private records: LogRecord[] = []
  private head = 0
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
    const room = this.bytes < buffer_bytes_max && this.records.length - this.head < buffer_records_max
    return room && this.problem === null && !this.isLost()
  }

  isLost(): boolean {
    return this.dropped || this.live.isLost()
  }

  put(records: readonly LogRecord[], bytes: number, next: number): void {
    this.fetchFrom = next
    if (records.length === 0) return
    if (this.head === this.records.length) {
      this.records = records as LogRecord[]
      this.head = 0
    } else {
      this.records = this.records.slice(this.head).concat(records)
      this.head = 0
    }
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
    this.records = []
    this.head = 0
    this.bytes = 0
    this.problem = null
  }

  drop(): void {
    this.dropped = true
    this.records = []
    this.head = 0
    this.wake()
  }

  take(options: PollOptions): LogRecord[] {
    const { records, head } = this
    const last = Math.min(records.length, head + options.records_max)
    let at = head
    let bytes = 0
    for (; at < last; at += 1) {
      const record = records[at]!
      const size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
      if (bytes + size > options.bytes_max && at > head) break
      bytes += size
    }
    this.bytes -= bytes
    this.head = at
    if (head === 0 && at === records.length) {
      this.records = []
      this.head = 0
      return records
    }
    return records.slice(head, at)
  }

  /** Throws what a caller of `poll` has to know before it gets records. */
  check(): void {
    if (this.isLost()) throw fenced(this.claim)
    if (this.problem !== null && this.head === this.records.length) throw this.problem
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

  private wake(): void {
    for (const done of [...this.waiting]) done()
  }
}

export function fenced(claim: Claim): LogError {
  const { topic, partition, generation } = claim
  return new LogError('fenced', `the claim of ${topic}/${partition} in generation ${generation} is lost`)
}
