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
