import type { Clock } from '../../pipelines/clock.ts'
import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import type { SqlView } from '../../schemas/sql/view.ts'
import { SQL_VIEWS } from '../../schemas/sql/views.ts'
import { recent } from '../metrics/recent.ts'
import { ApiError } from '../problem.ts'

/** View → how often a statement reads it. */
export type Reads = ReadonlyMap<string, number>

export type SqlCosts = {
  /**
   * Rows that a statement reads at most, as far as its tables tell: their sizes and, of a tenant whose share in them
   * matters, the tenant's own rows. Nothing is asked of the store that was asked within seconds.
   *
   * @throws StoreError
   */
  atMost(tenant: string, reads: Reads): Promise<number>
}

export function sqlCosts(store: Store, clock: Clock): SqlCosts {
  const sizes = recent(clock, { fresh_ms: 10_000, stale_ms: 60_000 }, () => readSizes(store))
  const own = recent(clock, { fresh_ms: 60_000, stale_ms: 600_000 }, async (tenant) =>
    readOwn(store, tenant, namesAbove(COUNTED_ROWS, await sizes(''))),
  )
  return {
    async atMost(tenant, reads) {
      if (reads.size === 0) return 0
      const all = rowsOf(reads, await sizes(''))
      return all <= COUNTED_ROWS ? all : rowsOf(reads, new Map([...(await sizes('')), ...(await own(tenant))]))
    },
  }
}

/** A table with more rows than this is counted for the tenant: below it the count costs more than it tells. */
const COUNTED_ROWS = 1_000_000

/**
 * Rows that a statement is going to read, by the engine's own plan: days and tenants that it need not look at are left
 * out. It costs as much as planning the statement, and subqueries that give one value are worked out for it and not
 * counted: for statements that could pass their budget.
 *
 * @param text  as the gate gave it, in brackets
 * @throws StoreError
 */
export async function plannedRows(own: Store, text: string, params: Params, request: RequestOptions): Promise<number> {
  // The engine keeps the same limit, and says neither number.
  const settings = { ...request.settings, max_rows_to_read: 0, use_index_for_in_with_subqueries: 0 }
  const rows = await own.query<{ rows: string }>(`EXPLAIN ESTIMATE\n${text}`, params, { ...request, settings })
  return rows.reduce((sum, one) => sum + Number(one.rows), 0)
}

type Params = Readonly<Record<string, unknown>>

export function tooCostly(rows_estimated: number, rows_max: number): ApiError {
  return new ApiError(
    'query_too_costly',
    `the statement would read about ${rows_estimated} rows, and ${rows_max} are its budget: read fewer views, or fewer days of windows`,
    { path: 'sql', more: { rows_estimated, rows_max } },
  )
}

/** Pure: rows of all tables below the views; what is no view of ours is text of the house. */
export function rowsOf(reads: Reads, sizes: ReadonlyMap<string, number>): number {
  let rows = 0
  for (const [name, times] of reads) for (const table of TABLES.get(name) ?? []) rows += times * (sizes.get(table) ?? 0)
  return rows
}

/** A view of rows below others' newest observation reads those too. */
const tablesOf = ({ parent, table }: SqlView) => [table, ...(parent === undefined ? [] : [parent])]
const TABLES: ReadonlyMap<string, readonly string[]> = new Map(SQL_VIEWS.map((view) => [view.name, tablesOf(view)]))
const NAMES: readonly string[] = [...new Set([...TABLES.values()].flat())]

function namesAbove(rows_max: number, sizes: ReadonlyMap<string, number>): readonly string[] {
  return [...sizes].filter(([, rows]) => rows > rows_max).map(([name]) => name)
}

async function readSizes(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<[string, string]>(
    'SELECT name, toString(assumeNotNull(total_rows)) FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: NAMES },
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([name, total]) => [name, Number(total)]))
}

async function readOwn(store: Store, tenant: string, tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (tables.length === 0) return new Map()
  const counts = tables.map((name) => `SELECT '${name}', toString(count()) FROM ${name} WHERE tenant = {tenant:String}`)
  const sql = counts.join(' UNION ALL ')
  return new Map(
    (await store.query<[string, string]>(sql, { tenant }, { format: 'JSONCompactEachRow' })).map(([name, rows]) => [
      name,
      Number(rows),
    ]),
  )
}
