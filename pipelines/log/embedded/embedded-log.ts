import type {
  AppendRecord,
  Committed,
  Consumer,
  ConsumerHandlers,
  Log,
  LogRecord,
  PackedRecords,
  PollOptions,
  TopicSpec,
} from '../port.ts'
import { LogError } from '../port.ts'
import { RecordBatch } from '../record-batch.ts'
import type { DiskGauge } from './disk.ts'
import { unavailable } from './failure.ts'
import { encodeBatch, frameOfPacked } from './frame.ts'
import { Group } from './group.ts'
import type { Topic } from './meta.ts'
import { ReaderPool } from './readers.ts'
import { type Retained, retainPartition } from './retention.ts'
import { SeekIndexes } from './seek-index.ts'
import { partitionPlace } from './segment.ts'
import { type EngineState, engineState } from './state.ts'
import { readWaiting } from './waiting.ts'
import type { PartitionWriter } from './writer.ts'
import { Writers, type WritersParts } from './writers.ts'

/** What another thread of the process needs to open the same log. May be posted to a worker. */
export type LogShare = { readonly dir: string; readonly memory: SharedArrayBuffer }

export type EmbeddedLog = Log & {
  readonly kind: 'embedded'
  appendPacked(topic: string, partition: number, packed: PackedRecords): Promise<number>
  /**
   * The handle for one worker thread. Asking again takes back what other threads had (topics to write, groups): ask
   * only when the worker of the handle before has ended.
   */
  share(): LogShare
  /** Share of the log's disk that is free, at most a second old. */
  diskFree(): Promise<{ readonly free_ratio: number }>
  /** Deletes what is past its retention in the topics this thread writes. */
  applyRetention(now_ms: number): Promise<Retained>
  /**
   * Resolves when this thread's writing has failed for good: what is on the disk is known again only after opening the
   * log anew, so its process must end.
   */
  readonly failed: Promise<LogError>
  /** Small values of the engine, kept in the meta store. */
  readonly state: EngineState
  /** Bytes that opening found behind the recorded ends and cut off: a torn tail, never acknowledged. */
  readonly cut_bytes: number
}

export type LogParts = WritersParts & {
  readonly disk: DiskGauge
  readonly min_free_ratio: number
  readonly revoke_timeout_ms: number
  readonly cut_bytes: number
  /** Whether groups that are joined here read a partition. */
  joins(partition: number): boolean
  /** The directory's lock, in the thread that opened it. */
  readonly lock: { release(): void } | undefined
}

/** One thread's view of an embedded log. */
export class OpenLog implements EmbeddedLog {
  readonly kind = 'embedded'
  readonly state: EngineState
  readonly cut_bytes: number
  readonly failed: Promise<LogError>
  readonly #parts: LogParts
  readonly #writers: Writers
  readonly #readers: ReaderPool
  readonly #indexes = new SeekIndexes()
  readonly #groups = new Map<string, Group>()
  readonly #topics = new Map<string, Topic>()
  readonly #reading = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(parts: LogParts) {
    this.#parts = parts
    this.#writers = new Writers(parts)
    this.failed = this.#writers.failed
    this.#readers = new ReaderPool(parts.fs, parts.dir, parts.shared, this.#indexes)
    this.state = engineState(parts.meta)
    this.cut_bytes = parts.cut_bytes
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen()
    await this.#parts.meta.ensureTopics(specs)
  }

  async partitions(topic: string): Promise<number> {
    return this.#topic(topic).partitions
  }

  async append(topic: string, partition: number, records: readonly AppendRecord[]): Promise<number> {
    const writer = this.#writer(topic, partition)
    if (records.length === 0) return this.#parts.shared.end(this.#slot(topic, partition))
    return writer.append(encodeBatch(records))
  }

  async appendPacked(topic: string, partition: number, packed: PackedRecords): Promise<number> {
    const writer = this.#writer(topic, partition)
    if (packed.count === 0) return this.#parts.shared.end(this.#slot(topic, partition))
    return writer.append(frameOfPacked(packed))
  }

  /** @throws LogError where the log takes nothing */
  #writer(topic: string, partition: number): PartitionWriter {
    this.#slot(topic, partition)
    const { shared, disk, min_free_ratio } = this.#parts
    if (shared.state() === 'failed') {
      throw unavailable('the log failed and takes nothing until it is opened again', this.#writers.failure)
    }
    if (min_free_ratio > 0 && disk.latest() < min_free_ratio) {
      throw new LogError('log_full', `less than ${min_free_ratio * 100} % of the log's disk is free`)
    }
    return this.#writers.of(topic, this.#topic(topic), partition)
  }

  async bounds(topic: string): Promise<{ start: number; end: number }[]> {
    const { slot, partitions } = this.#topic(topic)
    const { shared } = this.#parts
    return Array.from({ length: partitions }, (_, partition) => ({
      start: shared.start(slot + partition),
      end: shared.end(slot + partition),
    }))
  }

  async groupOffsets(group: string, topic: string): Promise<Committed[]> {
    return Array.from({ length: this.#topic(topic).partitions }, (_, partition) => {
      const place = this.#parts.meta.place(group, topic, partition)
      return { offset: place?.offset ?? -1, metadata: place?.metadata ?? '' }
    })
  }

  async join(name: string, topics: readonly string[], handlers: ConsumerHandlers): Promise<Consumer> {
    const { joins, shared } = this.#parts
    const slot = (topic: string, partition: number) => this.#topic(topic).slot + partition
    const places = topics
      .flatMap((topic) =>
        Array.from({ length: this.#topic(topic).partitions }, (_, partition) => ({ topic, partition })),
      )
      .filter(({ partition }) => joins(partition))
    for (const { topic, partition } of places) {
      if (shared.takeJoiner(slot(topic, partition))) continue
      throw new Error(`groups read ${topic}/${partition} from another thread of this process`)
    }
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = new Group(name, { ...this.#parts, indexes: this.#indexes, slot })
      this.#groups.set(name, group)
    }
    return group.join(places, handlers)
  }

  async read(topic: string, partition: number, offset: number, options: PollOptions): Promise<LogRecord[]> {
    const slot = this.#slot(topic, partition)
    const batch = new RecordBatch()
    const goesOn = () => {
      this.#checkOpen()
      return true
    }
    const reading = this.#readers.use(topic, partition, slot, async (reader) => {
      await readWaiting(reader, this.#parts.shared, slot, offset, options, goesOn, batch)
      return batch.toArray()
    })
    this.#reading.add(reading)
    return reading.finally(() => this.#reading.delete(reading))
  }

  share(): LogShare {
    this.#checkOpen()
    if (this.#parts.lock === undefined) throw new Error('only the thread that opened the log shares it')
    this.#parts.shared.release('others')
    return { dir: this.#parts.dir, memory: this.#parts.shared.memory }
  }

  async diskFree(): Promise<{ free_ratio: number }> {
    return { free_ratio: await this.#parts.disk.fresh() }
  }

  async applyRetention(now_ms: number): Promise<Retained> {
    this.#checkOpen()
    const { fs, dir, meta, shared, writes } = this.#parts
    let [segments, bytes] = [0, 0]
    for (const [name, topic] of meta.topics()) {
      for (let partition = 0; writes(name) && partition < topic.partitions; partition += 1) {
        const roll = () => this.#writers.of(name, topic, partition).roll()
        const publish = (start: number) => shared.publishStart(topic.slot + partition, start)
        const place = partitionPlace(dir, name, partition)
        const gone = await retainPartition(fs, meta, place, topic, now_ms, roll, publish)
        segments += gone.segments
        bytes += gone.bytes
      }
    }
    return { segments, bytes }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { meta, shared, lock } = this.#parts
    await Promise.all([...this.#groups.values()].map((group) => group.close()))
    await this.#writers.close()
    for (const { slot, partitions } of meta.topics().values()) {
      for (let partition = 0; partition < partitions; partition += 1) shared.wake(slot + partition)
    }
    await Promise.allSettled(this.#reading)
    await this.#readers.close()
    shared.release('mine')
    if (lock !== undefined) shared.setState('closed')
    await meta.close()
    lock?.release()
  }

  #checkOpen(): void {
    if (this.#closing === undefined && this.#parts.shared.state() !== 'closed') return
    throw new LogError('log_closed', 'the embedded log is closed')
  }

  #topic(name: string): Topic {
    this.#checkOpen()
    const topic = this.#topics.get(name) ?? this.#parts.meta.topic(name)
    if (topic === undefined) throw new LogError('unknown_topic', `there is no topic ${name}`)
    this.#topics.set(name, topic)
    return topic
  }

  #slot(topic: string, partition: number): number {
    const { slot, partitions } = this.#topic(topic)
    if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return slot + partition
    throw new LogError('unknown_topic', `topic ${topic} has ${partitions} partitions and no partition ${partition}`)
  }
}
