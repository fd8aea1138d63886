import type { Log, LogRecord } from '../log/port.ts'
import type { TraceRequest } from './request.ts'

/** A record of the events topic that spells the id. */
export type LogPlace = {
  readonly source: string
  readonly type: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** When the log took it. */
  readonly received_at: string
}

/**
 * Records of an id on the log, each partition read from an offset on. Its key would be quicker to compare, but names no
 * source that the pipeline has not met yet, and none at all where a foreign producer wrote.
 *
 * @param from by partition; what is kept when absent
 */
export async function logPlaces(
  log: Log,
  topic: string,
  bounds: readonly { readonly start: number; readonly end: number }[],
  request: TraceRequest,
  from: readonly number[],
): Promise<LogPlace[]> {
  const spelled = Buffer.from(JSON.stringify(request.id))
  const found: LogPlace[] = []
  for (const [partition, { start, end }] of bounds.entries()) {
    for (let at = Math.max(start, from[partition] ?? 0); at < end; ) {
      const records = await log.read(topic, partition, at, READING)
      if (records.length === 0) break
      for (const record of records) {
        const event = record.value?.includes(spelled) ? eventIn(record, request) : undefined
        if (event !== undefined && record.offset < end) {
          const received_at = new Date(record.timestamp_ms).toISOString()
          found.push({ ...event, topic, partition, offset: record.offset, received_at })
        }
      }
      at = records.at(-1)!.offset + 1
    }
  }
  return found
}

const READING = { records_max: 10_000, bytes_max: 8_000_000, wait_ms: 1_000 }

type Named = Readonly<Record<'tenant' | 'source' | 'type' | 'id', unknown>>

function eventIn({ value }: LogRecord, { id, source, tenant, type }: TraceRequest) {
  let event: Named | null
  try {
    event = JSON.parse(value!.toString('utf8'))
  } catch (error) {
    // Not ours; the pipeline makes a dead letter of it.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (event === null || typeof event !== 'object' || event.id !== id || event.tenant !== tenant) return undefined
  if ((source ?? event.source) !== event.source || (type ?? event.type) !== event.type) return undefined
  return { source: String(event.source), type: String(event.type) }
}
