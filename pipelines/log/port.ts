/**
 * The log, as every other room sees it. Two adapters pass one contract suite: the embedded segment log
 * (`embedded/`) and Apache Kafka (`kafka/`). Replacing an adapter means writing one file against this one.
 *
 * Offsets are JavaScript numbers: 2^53 records a partition last 28,000 years at 10,000 records a second.
 */

import type { LogRecord, RecordBatch } from './record-batch.ts'

export type { LogRecord }

export type AppendRecord = {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Records laid out beforehand in one buffer, behind room for a header: see `packed.ts`, which makes and reads it. May be
 * posted to another thread, which then owns it.
 */
export type PackedRecords = { readonly bytes: Uint8Array<ArrayBuffer>; readonly count: number }

export type TopicSpec = {
  readonly name: string
  readonly partitions: number
  /** Records older than this may be deleted, never past an offset that a group has not committed. */
  readonly retention_ms: number
  readonly retention_bytes: number
}

/** Where a group stands in one partition. `offset` is the next record to read; -1 when never committed. */
export type Committed = { readonly offset: number; readonly metadata: string }

/** One partition as it is held by one member of a group, from its assignment until it is revoked. */
export type Claim = {
  readonly topic: string
  readonly partition: number
  /** Grows with every assignment of this partition in this group. A commit under an older one is refused. */
  readonly generation: number
}

export type PollOptions = {
  readonly records_max: number
  readonly bytes_max: number
  /** Returns an empty list when nothing came in this time. */
  readonly wait_ms: number
}

/** A member of a consumer group. All methods but `close` throw `LogError('fenced')` for a claim that was lost. */
export type Consumer = {
  /** Records from the claim's position on, in offset order, and moves the position behind the last of them. */
  poll(claim: Claim, options: PollOptions): Promise<readonly LogRecord[]>
  /** The same into a batch, without an object per record. @returns how many records came */
  fill(claim: Claim, options: PollOptions, batch: RecordBatch): Promise<number>
  /** Moves the position of a claim. */
  seek(claim: Claim, offset: number): void
  /** The committed place of the claim's partition in this group. */
  committed(claim: Claim): Promise<Committed>
  /** Stores the place, durably and fenced by the claim's generation. Metadata is at most 4,096 bytes. */
  commit(claim: Claim, place: Committed): Promise<void>
  /** Leaves the group: revokes all claims (after `onRevoked` has returned for each), then closes. */
  close(): Promise<void>
}

export type ConsumerHandlers = {
  /** A partition is ours. Its position is the committed offset, or the log's start when none was committed. */
  onAssigned(claim: Claim): void
  /**
   * A partition is ours no longer, or will not be in a moment. Work for it must be dropped. Where the adapter knows
   * beforehand (embedded log, orderly close) it waits for the promise, at most `revoke_timeout_ms`.
   */
  onRevoked(claim: Claim): Promise<void>
  /** The group cannot go on by itself (after all retries). The owner decides; nothing is swallowed. */
  onFailed(error: Error): void
}

export type Log = {
  /** 'embedded' or 'kafka', for status pages and error texts. */
  readonly kind: 'embedded' | 'kafka'
  /** Creates missing topics and leaves existing ones as they are (a partition count is never changed here). */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>
  /** Number of partitions of a topic, from the log itself: an operator may have chosen another number than ours. */
  partitions(topic: string): Promise<number>
  /**
   * Appends and resolves with the first offset when the records are durable (fdatasync; acks=all), in order and all
   * or none. Throws LogError 'log_full' (no disk), 'log_slow' (bounded queue is full), 'log_unavailable', 'record_too_large'.
   */
  append(topic: string, partition: number, records: readonly AppendRecord[]): Promise<number>
  /**
   * `append` for records that were laid out beforehand, where the log can take them as they lie. Their memory is the
   * log's from now on, but after `log_slow`, which takes nothing.
   */
  appendPacked?(topic: string, partition: number, packed: PackedRecords): Promise<number>
  /** First offset still held and the next offset to be written, per partition. */
  bounds(topic: string): Promise<readonly { readonly start: number; readonly end: number }[]>
  /** The committed places of a group, per partition; also for groups this process is no member of. */
  groupOffsets(group: string, topic: string): Promise<readonly Committed[]>
  /** Joins a group. */
  join(group: string, topics: readonly string[], handlers: ConsumerHandlers): Promise<Consumer>
  /** Reads outside of any group, for replays and traces. Fewer records than asked means the end was reached. */
  read(topic: string, partition: number, offset: number, options: PollOptions): Promise<readonly LogRecord[]>
  close(): Promise<void>
}

export type LogErrorCode =
  | 'fenced'
  | 'log_full'
  | 'log_slow'
  | 'log_unavailable'
  | 'log_corrupt'
  | 'log_locked'
  | 'log_closed'
  | 'record_too_large'
  | 'offset_out_of_range'
  | 'unknown_topic'
  | 'format_too_new'

export class LogError extends Error {
  readonly code: LogErrorCode
  constructor(code: LogErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
  }
}
