import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectStore, type Settings, type Store } from '../../../pipelines/store/client.ts'
import { engineLimits } from '../../../query-api/sql/limits.ts'
import { tenantViews } from '../../../query-api/sql/views/tenant-views.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { FACT_TABLES, type Table } from '../../../schemas/tables.ts'
import { WINDOW_SETS, windowTable } from '../../../schemas/windows.ts'
import { useStore } from '../../support/store.ts'
import { createTables } from '../support/fill.ts'

/** At least one view of each kind of rows. */
const VIEWS = SQL_VIEWS.filter(({ name }) =>
  ['orders', 'facts_conversions', 'windows', 'touches', 'fx_rates'].includes(name),
)
const NEEDED: ReadonlySet<string> = new Set(VIEWS.flatMap(({ table, parent }) => [table, parent ?? table]))

/**
 * Rows of two tenants lie in the same granules. A condition that fails on a value of the other tenant tells whether the
 * engine ever computes it for such a row: the answer is right all the same, but an error would give the value away.
 * These statements go past the gate, so that the condition can be one that always tells.
 */
const context = useStore()
const state: { own?: Store; limits?: Settings } = {}

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  for (const table of [...FACT_TABLES, ...WINDOW_SETS.map(windowTable)].filter(({ name }) => NEEDED.has(name))) {
    for (const tenant of ['alpha', 'beta', 'gamma']) await fill(store, table, tenant)
    await store.command(`OPTIMIZE TABLE ${table.name} FINAL`)
  }
  const database = await tenantViews(store).databaseOf('beta')
  state.own = connectStore({ ...context.access, database })
  state.limits = await engineLimits(store)
})
afterAll(() => state.own?.close())

/** Three rows; those of other tenants hold 66, those of beta 7, in whatever type a column has. */
async function fill(store: Store, { columns, name }: Table, tenant: string): Promise<void> {
  const n = tenant === 'beta' ? 7 : 66
  const value = ({ name: column, type }: { name: string; type: string }): string => {
    if (column === 'tenant') return `'${tenant}'`
    if (column === 'id_hash' || column === 'cell') return `toFixedString(concat('${tenant}', toString(number)), 16)`
    if (column === '_offset') return 'number'
    if (/^Array/.test(type)) return `['${n}']`
    if (/Date\b/.test(type)) return `toDate('2025-01-01') + ${n}`
    if (/DateTime64/.test(type)) return `toDateTime64('2025-01-01 00:00:00', 3) + ${n}`
    if (/DateTime/.test(type)) return `toDateTime('2025-01-01 00:00:00') + ${n}`
    if (/Int/.test(type)) return String(n)
    return `'${n}'`
  }
  await store.command(
    `INSERT INTO ${name} (${columns.map((c) => `\`${c.name}\``).join(', ')}) SELECT ${columns.map((c) => `CAST(${value(c)} AS ${c.type})`).join(', ')} FROM numbers(3)`,
  )
}

/** True for values of beta only; anything else is an error. */
function tells(type: string, column: string): string {
  if (/^Array/.test(type)) return `throwIf(has(${column}, '66')) = 0`
  if (/Date/.test(type))
    return `throwIf(toDate(${column}) = toDate('2025-01-01') + 66 OR toUnixTimestamp64Milli(toDateTime64(${column}, 3)) % 1000000 = 866000) = 0`
  return `throwIf(toString(${column}) = '66') = 0`
}

const SHAPES: Readonly<Record<string, (view: string, condition: (alias: string) => string, column: string) => string>> =
  {
    where: (v, c) => `SELECT count() FROM ${v} AS a WHERE ${c('a')}`,
    'where and more': (v, c) => `SELECT count() FROM ${v} AS a WHERE 1 = 1 AND ${c('a')} AND rand() >= 0`,
    projection: (v, c) => `SELECT ${c('a')} FROM ${v} AS a`,
    'group by': (v, c) => `SELECT ${c('a')} AS k, count() FROM ${v} AS a GROUP BY k`,
    having: (v, c, x) => `SELECT a.${x} AS ${x}, count() FROM ${v} AS a GROUP BY a.${x} HAVING ${c('a')}`,
    'outer filter of groups': (v, c, x) =>
      `SELECT * FROM (SELECT ${x}, count() AS n FROM ${v} GROUP BY ${x}) AS a WHERE ${c('a')}`,
    'order and limit': (v, c) => `SELECT 1 FROM ${v} AS a ORDER BY ${c('a')} LIMIT 1`,
    'outer filter of a sort': (v, c, x) => `SELECT * FROM (SELECT * FROM ${v} ORDER BY ${x}) AS a WHERE ${c('a')}`,
    'outer filter of a union': (v, c) =>
      `SELECT count() FROM (SELECT * FROM ${v} UNION ALL SELECT * FROM ${v}) AS a WHERE ${c('a')}`,
    'filter over a join, left': (v, c) =>
      `SELECT count() FROM ${v} AS a JOIN ${v} AS b ON a.source = b.source WHERE ${c('a')}`,
    'filter over a join, right': (v, c) =>
      `SELECT count() FROM ${v} AS a JOIN ${v} AS b ON a.source = b.source WHERE ${c('b')}`,
    'join condition': (v, c) =>
      `SELECT count() FROM ${v} AS a LEFT JOIN ${v} AS b ON a.source = b.source AND ${c('b')}`,
    'cross join': (v, c) => `SELECT count() FROM ${v} AS a, ${v} AS b WHERE ${c('b')}`,
    'array join': (v, c) => `SELECT count() FROM (SELECT *, arrayJoin([1, 2]) AS z FROM ${v}) AS a WHERE ${c('a')}`,
    distinct: (v, c, x) => `SELECT count() FROM (SELECT DISTINCT ${x} FROM ${v}) AS a WHERE ${c('a')}`,
    window: (v, c) => `SELECT count() FROM (SELECT *, row_number() OVER () AS nth FROM ${v}) AS a WHERE ${c('a')}`,
    'subquery in a condition': (v, c) =>
      `SELECT count() FROM ${v} WHERE 1 IN (SELECT 1 FROM ${v} AS a WHERE ${c('a')})`,
    cte: (v, c) => `WITH w AS (SELECT * FROM ${v}) SELECT count() FROM w AS a WHERE ${c('a')}`,
    'limit by': (v, c, x) => `SELECT count() FROM (SELECT * FROM ${v} LIMIT 1 BY ${x}) AS a WHERE ${c('a')}`,
  }

/** How often the engine computed the condition for a row of another tenant, by shape. */
async function leaks(settings: Settings, views = VIEWS): Promise<string[]> {
  const found: string[] = []
  for (const view of views) {
    const types = await state.own!.query<{ name: string; type: string }>(`DESCRIBE TABLE ${view.name}`)
    const picked = types.filter(({ name }) => name !== 'source')
    for (const [at, [shape, make]] of Object.entries(SHAPES).entries()) {
      if (shape.includes('join') && !types.some(({ name }) => name === 'source')) continue
      // Another column for each shape: all columns of a view share its filter.
      const { name, type } = picked[at % picked.length]!
      const sql = make(view.name, (alias) => tells(type, `${alias}.\`${name}\``), `\`${name}\``)
      try {
        await state.own!.query(sql, undefined, { settings })
      } catch (error) {
        if (!/throwIf|395/.test(String(error))) throw error
        found.push(`${view.name}.${name}: ${shape}`)
      }
    }
  }
  return found
}

describe('a condition of a question', () => {
  it('is tried on every kind of view', () => {
    expect(new Set(VIEWS.map(({ rows }) => rows))).toEqual(new Set(SQL_VIEWS.map(({ rows }) => rows)))
  })

  it('is never computed for rows of another tenant', async () => {
    expect(await leaks(state.limits!)).toEqual([])
  })

  it('would be, were it not for the settings that keep filters apart', async () => {
    const loose = { ...state.limits!, query_plan_filter_push_down: 1, query_plan_merge_filters: 1 }
    const some = VIEWS.filter(({ name }) => name === 'orders' || name === 'touches')
    expect(await leaks(loose, some)).not.toEqual([])
  })
})
