/**
 * The log in memory: the whole port with its true semantics, for tests of what stands around a log. It passes the
 * contract suite. Failures can be put in: `fail('log_slow')` makes every append throw until `fail(undefined)`.
 */

import type { Clock } from '../../pipelines/clock.ts'
import { type AppendRecord, type Log, LogError, type LogErrorCode, type LogRecord } from '../../pipelines/log/port.ts'
import { type MemoryDisk, type MemoryPartition, newMemoryDisk, readFrom } from './memory-log-disk.ts'
import { MemoryGroup } from './memory-log-group.ts'

export type MemoryLog = Log & {
  /** Makes every append, or those to one partition, throw this error, until called with undefined. */
  fail(code: LogErrorCode | undefined, partition?: number): void
  /** Makes every append wait for the promise. */
  hold(until: Promise<void>): void
  /** All records of a topic, partition by partition. */
  all(topic: string): LogRecord[]
}

const RECORD_BYTES_MAX = 10_000_000

export function openMemoryLog(options: { disk?: MemoryDisk; clock?: Clock } = {}): MemoryLog {
  const disk = options.disk ?? newMemoryDisk()
  const clock = options.clock ?? (() => performance.timeOrigin + performance.now())
  const groups = new Map<string, MemoryGroup>()
  let closed = false
  let failure: LogErrorCode | undefined
  let failing: number | undefined
  let held: Promise<void> = Promise.resolve()

  const topicOf = (topic: string): MemoryPartition[] => {
    if (closed) throw new LogError('log_closed', 'the log is closed')
    const found = disk.topics.get(topic)
    if (found === undefined) throw new LogError('unknown_topic', `no topic ${topic}`)
    return found
  }
  const partitionOf = (topic: string, partition: number): MemoryPartition => {
    const found = topicOf(topic)[partition]
    if (found === undefined) throw new LogError('unknown_topic', `topic ${topic} has no partition ${partition}`)
    return found
  }

  return {
    kind: 'embedded',
    async ensureTopics(specs) {
      if (closed) throw new LogError('log_closed', 'the log is closed')
      for (const { name, partitions } of specs) {
        if (disk.topics.has(name)) continue
        disk.topics.set(
          name,
          Array.from({ length: partitions }, () => ({ records: [], waiters: new Set() })),
        )
      }
    },
    async partitions(topic) {
      return topicOf(topic).length
    },
    async append(topic, partition, records) {
      const target = partitionOf(topic, partition)
      if (failure !== undefined && (failing ?? partition) === partition) {
        throw new LogError(failure, `the log was told to fail with ${failure}`)
      }
      for (const { key, value } of records) {
        if ((key?.length ?? 0) + (value?.length ?? 0) > RECORD_BYTES_MAX) {
          throw new LogError('record_too_large', `a record is larger than ${RECORD_BYTES_MAX} bytes`)
        }
      }
      const first = target.records.length
      for (const record of records) target.records.push(stored(record, target.records.length, Math.floor(clock())))
      for (const wake of [...target.waiters]) wake()
      await held
      return first
    },
    async bounds(topic) {
      return topicOf(topic).map(({ records }) => ({ start: 0, end: records.length }))
    },
    async groupOffsets(group, topic) {
      return topicOf(topic).map((_, p) => disk.places.get(`${group}/${topic}/${p}`) ?? { offset: -1, metadata: '' })
    },
    async join(name, topics, handlers) {
      const places = topics.flatMap((topic) => topicOf(topic).map((_, partition) => ({ topic, partition })))
      const group = groups.get(name) ?? new MemoryGroup(name, disk)
      groups.set(name, group)
      return group.join(places, handlers)
    },
    async read(topic, partition, offset, poll) {
      const source = partitionOf(topic, partition)
      if (offset < 0 || offset > source.records.length) {
        throw new LogError('offset_out_of_range', `${topic}/${partition} has no offset ${offset}`)
      }
      return readFrom(source, offset, poll)
    },
    async close() {
      if (closed) return
      closed = true
      for (const group of groups.values()) await group.close()
    },
    fail(code, partition) {
      failure = code
      failing = partition
    },
    hold(until) {
      held = until
    },
    all: (topic) => topicOf(topic).flatMap(({ records }) => records),
  }
}

/** Copies, because a caller may go on using its buffers. */
function stored({ key, value, headers }: AppendRecord, offset: number, timestamp_ms: number): LogRecord {
  const copy = (bytes: Buffer | null) => (bytes === null ? null : Buffer.from(bytes))
  return { offset, timestamp_ms, key: copy(key), value: copy(value), ...(headers === undefined ? {} : { headers }) }
}
