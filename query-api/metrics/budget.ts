import type { Clock } from '../../pipelines/clock.ts'
import type { Settings, Store } from '../../pipelines/store/client.ts'
import { ApiError } from '../problem.ts'
import { binder } from './binder.ts'
import { COSTED_TABLES, type Reading, type RowCounts, rowsOf } from './cost.ts'
import { recent } from './recent.ts'

/**
 * @returns rows that the readings are estimated to touch
 * @throws ApiError `query_too_costly` with both numbers, StoreError
 */
export type Budget = (tenant: string, readings: readonly Reading[], rows_max: number) => Promise<number>

/**
 * Refuses what would read more rows than it may, before it reads any. The sizes of whole tables are known without
 * reading; only where a question could pass its budget by them are the tenant's own rows counted, by day.
 */
export function rowBudget(store: Store, clock: Clock, settings: Settings): Budget {
  const totals = recent(clock, { fresh_ms: 10_000, stale_ms: 60_000 }, () => readTotals(store, settings))
  const counts = recent(clock, { fresh_ms: 60_000, stale_ms: 600_000 }, (tenant) => readCounts(store, tenant, settings))
  return async (tenant, readings, rows_max) => {
    const sizes = await totals('')
    const at_most = readings.reduce((sum, { table }) => sum + (sizes.get(table) ?? 0), 0)
    if (at_most <= rows_max) return at_most
    const rows_estimated = rowsOf(readings, await counts(tenant))
    if (rows_estimated <= rows_max) return rows_estimated
    throw new ApiError(
      'query_too_costly',
      `the question would read about ${rows_estimated} rows, and ${rows_max} are its budget: ask for fewer days, or with \`Prefer: respond-async\``,
      { more: { rows_estimated, rows_max } },
    )
  }
}

async function readTotals(store: Store, settings: Settings): Promise<ReadonlyMap<string, number>> {
  const { bind, statement } = binder()
  const sql = `SELECT name, toString(assumeNotNull(total_rows)) FROM system.tables WHERE database = currentDatabase() AND name IN ${bind(COSTED_TABLES, 'Array(String)')}`
  const rows = await store.query<[string, string]>(sql, statement(sql).params, {
    settings,
    format: 'JSONCompactEachRow',
  })
  return new Map(rows.map(([name, total]) => [name, Number(total)]))
}

async function readCounts(store: Store, tenant: string, settings: Settings): Promise<RowCounts> {
  const { bind, statement } = binder()
  const place = bind(tenant, 'String')
  const sql = COSTED_TABLES.map(
    (table) =>
      `SELECT '${table}' AS name, toUInt32(day) AS d, toString(count()) FROM ${table} WHERE tenant = ${place} GROUP BY d`,
  ).join(' UNION ALL ')
  const rows = await store.query<[string, number, string]>(sql, statement(sql).params, {
    settings,
    format: 'JSONCompactEachRow',
  })
  const counts = new Map<string, Map<number, number>>()
  for (const [table, day, count] of rows) {
    const days = counts.get(table) ?? new Map<number, number>()
    counts.set(table, days.set(day, Number(count)))
  }
  return counts
}
