import { TOPICS } from '../../../schemas/topics.ts'
import type { Log } from '../../log/port.ts'
import type { Store } from '../../store/client.ts'

/**
 * How far each tenant has been read, ms since 1970: the newest time that one of its sources has passed in every
 * partition. A platform that reports once a day does not say by itself that the day is over; orders and clicks do.
 *
 * @throws StoreError
 */
export async function readWatermarks(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<[string, string]>(
    `SELECT tenant, toString(max(passed)) FROM (
       SELECT tenant, source, min(at) AS passed FROM (
         SELECT tenant, source, argMax(occurred_ms, version) AS at FROM watermarks
         GROUP BY tenant, source, pipeline, _topic, _partition)
       GROUP BY tenant, source)
     GROUP BY tenant ORDER BY tenant`,
    {},
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([tenant, at]) => [tenant, Number(at)]))
}

/** Whether the main pipeline has so much before it that what is in the store is not yet the present. */
export async function isBehind(log: Log): Promise<boolean> {
  const topic = TOPICS.events.name
  const [bounds, places] = await Promise.all([log.bounds(topic), log.groupOffsets(FACTS_GROUP, topic)])
  let behind = 0
  for (const [partition, { start, end }] of bounds.entries()) {
    behind += Math.max(0, end - Math.max(start, places[partition]?.offset ?? 0))
  }
  return behind > RECORDS_BEHIND
}

const FACTS_GROUP = 'omnify.facts'
/** Some batches: less than that is in work at any moment. */
const RECORDS_BEHIND = 20_000
