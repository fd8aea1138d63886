/**
 * The way into one partition: appends in the order in which they were called, several per request, one request at a
 * time, each tried until the broker has answered.
 *
 * Idempotence needs that a batch whose fate is unknown is sent again with the same sequence numbers, or that its
 * producer id is never used again. kafkajs gives up after some tries and then numbers the next batch like the lost
 * one: the broker takes it for a duplicate and drops it. So a lane has a producer id of its own, and takes a new one
 * whenever it gives up or the broker says that the numbers are wrong (45, 46, 47, 59).
 */

import type { Clock } from '../../clock.ts'
import { type AppendRecord, LogError } from '../port.ts'
import { encodeBatch, RECORD_OVERHEAD_BYTES, recordBytes } from './batch-encode.ts'
import { type Cluster, isMoved } from './cluster.ts'
import { closed, errorType, isConnectionError, isPassing } from './errors.ts'
import type { KafkaSettings } from './options.ts'
import { initProducer, produce } from './produce.ts'
import { backoff, sleep } from './retry.ts'

type Pending = {
  readonly records: readonly AppendRecord[]
  readonly deadline: number
  readonly resolve: (base: number) => void
  readonly reject: (error: Error) => void
  /** Records of it that the log has. */
  written: number
  base: number
}

/** Part of a request: some or all records of one append. */
type Part = { readonly of: Pending; readonly records: readonly AppendRecord[] }

/** The broker refuses the numbers of this producer: only a new one helps. 46 is apart, see `send`. */
const REBUILD = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
])
/** Sequence numbers are 31 bits wide and start over. */
const SEQUENCES = 2 ** 31
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

export class Lane {
  private readonly target: { readonly topic: string; readonly partition: number }
  private readonly cluster: Cluster
  private readonly settings: KafkaSettings
  private readonly clock: Clock
  private readonly steady: Clock
  private readonly queue: Pending[] = []
  private sequence: { readonly producer: bigint; readonly epoch: number; next: number } | undefined
  private batch_bytes_max: number
  private running: Promise<void> | undefined
  private stopped = false

  constructor(
    target: { readonly topic: string; readonly partition: number },
    cluster: Cluster,
    settings: KafkaSettings,
  ) {
    this.target = target
    this.cluster = cluster
    this.settings = settings
    this.clock = settings.clock
    this.steady = settings.steady
    this.batch_bytes_max = settings.batch_bytes_max
  }

  append(records: readonly AppendRecord[]): Promise<number> {
    if (this.stopped) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      const deadline = this.steady() + this.settings.unavailable_after_ms
      this.queue.push({ records, deadline, resolve, reject, written: 0, base: -1 })
      this.running ??= this.run()
    })
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running
  }

  /** Fails what has not been sent yet; what is on its way may still arrive. */
  stop(): void {
    this.stopped = true
    for (const pending of this.queue.splice(0)) pending.reject(closed())
  }

  private async run(): Promise<void> {
    await sleep(this.settings.linger_ms)
    while (this.queue.length > 0) {
      const parts = this.take()
      try {
        this.settle(parts, await this.write(parts))
      } catch (error) {
        this.fail(parts, error)
      }
    }
    // In the same turn as the look at the queue: an append between the two would wait for ever.
    this.running = undefined
  }

  /** Whole appends as long as they fit, or as much of the first as fits. */
  private take(): Part[] {
    const parts: Part[] = []
    let room = this.batch_bytes_max
    for (const pending of this.queue) {
      const { records, written } = pending
      let count = 0
      let left = room
      for (let i = written; i < records.length; i += 1) {
        left -= recordBytes(records[i]!) + RECORD_OVERHEAD_BYTES
        if (left < 0 && (count > 0 || parts.length > 0)) break
        count += 1
      }
      const whole = written + count === records.length
      if (!whole && parts.length > 0) break
      parts.push({ of: pending, records: whole && written === 0 ? records : records.slice(written, written + count) })
      room = left
      if (!whole || room <= 0) break
    }
    return parts
  }

  private settle(parts: readonly Part[], base: number): void {
    let offset = base
    for (const { of, records } of parts) {
      if (of.base < 0) of.base = offset
      offset += records.length
      of.written += records.length
      if (of.written < of.records.length) continue
      this.queue.shift()
      of.resolve(of.base)
    }
  }

  private fail(parts: readonly Part[], error: unknown): void {
    const count = parts.reduce((sum, part) => sum + part.records.length, 0)
    if (TOO_LARGE.has(errorType(error)) && count > 1) {
      // The topic allows less than we thought: smaller requests from now on, the same records again.
      this.batch_bytes_max = Math.max(1, Math.floor(this.batch_bytes_max / 2))
      return
    }
    for (const { of } of parts) {
      if (this.queue[0] === of) this.queue.shift()
      of.reject(this.explain(of, error))
    }
    // Those behind them whose time is over as well need not wait for a try of their own.
    while (this.queue.length > 0 && this.queue[0]!.deadline <= this.steady()) {
      const late = this.queue.shift()!
      late.reject(this.explain(late, error))
    }
  }

  private explain(pending: Pending, cause: unknown): LogError {
    if (cause instanceof LogError) return cause
    const { topic, partition } = this.target
    const some = pending.written === 0 ? '' : `; its first ${pending.written} records were written`
    const why = cause instanceof Error ? cause.message : String(cause)
    const code = TOO_LARGE.has(errorType(cause)) ? 'record_too_large' : 'log_unavailable'
    return new LogError(code, `appending to ${topic}/${partition}: ${why}${some}`, { cause })
  }

  /** Sends one batch until it is answered or its time is over. */
  private async write(parts: readonly Part[]): Promise<number> {
    const records = parts.length === 1 ? parts[0]!.records : parts.flatMap((part) => part.records)
    const deadline = parts[0]!.of.deadline
    let batch: Buffer | undefined
    let unknown = false
    for (let failures = 1; ; failures += 1) {
      try {
        if (this.stopped) throw closed()
        const node = await this.cluster.leader(this.target.topic, this.target.partition)
        this.sequence ??= { ...(await initProducer(node)), next: 0 }
        const { producer, epoch, next } = this.sequence
        batch ??= encodeBatch(records, this.clock(), { producer, epoch, first: next })
        const base = await this.send(node, batch)
        this.sequence.next = (this.sequence.next + records.length) % SEQUENCES
        return base
      } catch (error) {
        const sent = batch !== undefined
        unknown ||= sent && (isConnectionError(error) || errorType(error) === 'NOT_ENOUGH_REPLICAS_AFTER_APPEND')
        if (isMoved(error)) this.cluster.forgetTopic(this.target.topic)
        const rebuild = REBUILD.has(errorType(error))
        const pause = backoff(failures, this.settings)
        const again = (rebuild || isPassing(error)) && !this.stopped && this.steady() + pause < deadline
        if (rebuild || (!again && sent)) {
          this.settings.logger('debug', 'taking a new producer id', {
            ...this.target,
            error: errorType(error),
            unknown,
          })
          this.sequence = undefined
          batch = undefined
        }
        if (!again) throw error
        await sleep(pause)
      }
    }
  }

  private async send(node: Parameters<typeof produce>[0], batch: Buffer): Promise<number> {
    try {
      return await produce(node, this.target, batch, this.settings.request_timeout_ms)
    } catch (error) {
      if (errorType(error) !== 'DUPLICATE_SEQUENCE_NUMBER') throw error
      // The log has these records, at a place that the broker no longer remembers. Sending them again would double
      // them, and an offset made up would be worse: the caller learns that the answer is unknown.
      this.sequence = undefined
      throw new LogError('log_unavailable', 'the records were written before, but their offset is not known', {
        cause: error,
      })
    }
  }
}
