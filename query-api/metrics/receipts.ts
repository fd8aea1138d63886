import type { Clock } from '../../pipelines/clock.ts'
import type { Settings, Store } from '../../pipelines/store/client.ts'
import { binder } from './binder.ts'
import { recent } from './recent.ts'

/** @returns the sources that a tenant had begun to receive by an instant, in ms. @throws StoreError */
export type LiveSources = (tenant: string, at_ms: number) => Promise<readonly string[]>

/**
 * When the first row of each source came in. What was known at T is what had been observed and had been received by
 * then; of a source that was connected later only its own times can tell, else a history that was imported today would
 * have no past.
 */
export function liveSources(store: Store, clock: Clock, settings: Settings): LiveSources {
  // The first receipt of a source never changes, and one that appears meanwhile is later than any T asked before.
  const known = recent(clock, { fresh_ms: 600_000, stale_ms: 3_600_000 }, async (tenant) => {
    const { bind, statement } = binder()
    const place = bind(tenant, 'String')
    const parts = TABLES.map((table) => `SELECT source, received_at FROM ${table} WHERE tenant = ${place}`)
    const sql = `SELECT toString(source), toUnixTimestamp64Milli(min(received_at)) FROM (${parts.join(' UNION ALL ')}) GROUP BY source`
    const rows = await store.query<[string, string]>(sql, statement(sql).params, {
      settings,
      format: 'JSONCompactEachRow',
    })
    return rows.map(([source, ms]) => ({ source, first_ms: Number(ms) }))
  })
  return async (tenant, at_ms) =>
    (await known(tenant)).flatMap(({ first_ms, source }) => (first_ms <= at_ms ? [source] : [])).toSorted()
}

/** Those that are read as of a time. */
const TABLES = ['fact_delivery', 'fact_orders', 'fact_refunds', 'fact_entities', 'fact_fx_rates']
