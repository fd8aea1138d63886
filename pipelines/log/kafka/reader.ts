/** Reading outside of any group, for replays and traces. */

import { LogError, type LogRecord, type PollOptions } from '../port.ts'
import { type Cluster, isMoved, typeOf } from './cluster.ts'
import { BrokerError } from './errors.ts'
import { type Fetched, fetchRecords } from './fetch.ts'
import type { KafkaSettings } from './options.ts'
import { retrying } from './retry.ts'

const OFFSET_OUT_OF_RANGE = 1

/** Fewer records than asked for means that the end was reached, or `bytes_max`. */
export async function readRecords(
  cluster: Cluster,
  settings: KafkaSettings,
  place: { readonly topic: string; readonly partition: number; readonly offset: number },
  options: PollOptions,
  stopped: () => void,
): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  const deadline = settings.steady() + options.wait_ms
  let bytes = 0
  let offset = place.offset
  for (;;) {
    const wait_ms = records.length > 0 ? 0 : Math.max(0, Math.min(settings.fetch_wait_ms, deadline - settings.steady()))
    const want = { records_max: options.records_max - records.length, bytes_max: options.bytes_max - bytes, wait_ms }
    const fetched = await retrying(
      `reading ${place.topic}/${place.partition}`,
      settings,
      () => fetchOne(cluster, settings, { ...place, offset }, want),
      stopped,
    )
    const { records: found } = fetched.decoded
    for (let index = 0; index < found.length; index += 1) {
      const size = found.bytesOf(index)
      if (records.length > 0 && bytes + size > options.bytes_max) return records
      bytes += size
      records.push(found.at(index))
      if (records.length >= options.records_max || bytes >= options.bytes_max) return records
    }
    offset = Math.max(offset, fetched.decoded.next)
    const atEnd = offset >= fetched.end
    if (atEnd && (records.length > 0 || settings.steady() >= deadline)) return records
  }
}

async function fetchOne(
  cluster: Cluster,
  settings: KafkaSettings,
  place: { readonly topic: string; readonly partition: number; readonly offset: number },
  want: PollOptions,
): Promise<Fetched> {
  const name = `${place.topic}/${place.partition}`
  const node = await cluster.leader(place.topic, place.partition)
  if (!(place.offset >= 0)) throw new LogError('offset_out_of_range', `${name} has no offset ${place.offset}`)
  const bytes_max = Math.max(1_024, Math.min(settings.fetch_partition_bytes_max, want.bytes_max))
  const [fetched] = await fetchRecords(node, [{ ...place, bytes_max }], {
    wait_ms: want.wait_ms,
    bytes_max,
    records_max: want.records_max,
  })
  if (fetched === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `reading ${name}`)
  if (fetched.broken !== null) throw fetched.broken
  if (fetched.error === OFFSET_OUT_OF_RANGE) {
    throw new LogError('offset_out_of_range', `${name} has no offset ${place.offset}`)
  }
  if (fetched.error === 0) return fetched
  const error = new BrokerError(typeOf(fetched.error), `reading ${name}`)
  if (isMoved(error)) cluster.forgetTopic(place.topic)
  throw error
}
