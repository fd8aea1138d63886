/**
 * The Fetch request (version 11, Kafka 2.3 and later), with its answer decoded here: kafkajs's parser fails the whole
 * answer when one partition has an error.
 */

import { LogError } from '../port.ts'
import { RecordBatch } from '../record-batch.ts'
import { type Aborted, type Decoded, decodeBatches } from './batch-decode.ts'
import type { Node } from './connection.ts'
import { readInt64 } from './cursor.ts'

export type FetchPlace = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly bytes_max: number
}

export type FetchOptions = {
  readonly wait_ms: number
  readonly bytes_max: number
  /** Decoding stops after so many records of a partition. */
  readonly records_max?: number
}

export type Fetched = {
  readonly topic: string
  readonly partition: number
  /** An error code of the protocol, 0 for none. */
  readonly error: number
  /** No record at or behind this offset can be read now. */
  readonly end: number
  readonly decoded: Decoded
  /** What was wrong with its records; the other partitions of the answer are none the worse. */
  readonly broken: LogError | null
}

const VERSION = 11
const READ_COMMITTED = 1

export async function fetchRecords(
  node: Node,
  places: readonly FetchPlace[],
  options: FetchOptions,
): Promise<readonly Fetched[]> {
  const from = new Map(places.map((place) => [`${place.topic}/${place.partition}`, place.offset]))
  const topics = Map.groupBy(places, (place) => place.topic)
  const args = {
    isolationLevel: READ_COMMITTED,
    maxWaitTime: options.wait_ms,
    minBytes: 1,
    maxBytes: options.bytes_max,
    rackId: '',
    topics: [...topics].map(([topic, each]) => ({
      topic,
      partitions: each.map(({ partition, offset, bytes_max }) => ({
        partition,
        fetchOffset: offset,
        maxBytes: bytes_max,
      })),
    })),
  }
  const answer = (await node.call('Fetch', args, (request) => {
    if (request.request.apiVersion !== VERSION)
      throw new LogError('log_unavailable', 'Apache Kafka 2.3 or newer is needed')
    return {
      ...request,
      response: {
        decode: async (bytes) => decodeFetched(bytes, from, options.records_max),
        parse: async (decoded) => decoded,
      },
    }
  })) as ReturnType<typeof decodeFetched>
  return answer.fetched
}

function decodeFetched(
  bytes: Buffer,
  from: ReadonlyMap<string, number>,
  records_max: number | undefined,
): { readonly clientSideThrottleTime: number; readonly fetched: readonly Fetched[] } {
  // throttle_time_ms error_code session_id [topics]
  const fetched: Fetched[] = []
  let at = 10
  const int32 = () => {
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  for (let topics = int32(); topics > 0; topics -= 1) {
    const size = bytes.readInt16BE(at)
    const topic = bytes.toString('utf8', at + 2, at + 2 + size)
    at += 2 + size
    for (let partitions = int32(); partitions > 0; partitions -= 1) {
      const partition = int32()
      const error = bytes.readInt16BE(at)
      // error_code high_watermark last_stable_offset log_start_offset
      const [high, stable] = [readInt64(bytes, at + 2), readInt64(bytes, at + 10)]
      at += 26
      const aborted: Aborted[] = []
      for (let count = int32(); count > 0; count -= 1) {
        aborted.push({ producer: bytes.readBigInt64BE(at), first: readInt64(bytes, at + 8) })
        at += 16
      }
      at += 4 // preferred_read_replica, which only a rack asks for
      const length = Math.max(0, int32())
      const set = bytes.subarray(at, at + length)
      at += length
      const end = stable < 0 ? high : stable
      try {
        const decoded = decodeBatches(set, from.get(`${topic}/${partition}`) ?? 0, aborted, records_max)
        fetched.push({ topic, partition, error, end, decoded, broken: null })
      } catch (cause) {
        const broken =
          cause instanceof LogError
            ? cause
            : new LogError('log_corrupt', `decoding records of ${topic}/${partition}`, { cause })
        fetched.push({
          topic,
          partition,
          error,
          end,
          decoded: { records: new RecordBatch(), bytes: 0, next: 0 },
          broken,
        })
      }
    }
  }
  return { clientSideThrottleTime: bytes.readInt32BE(0), fetched }
}
