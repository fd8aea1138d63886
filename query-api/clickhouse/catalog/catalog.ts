import { createHash } from 'node:crypto'
import type { Store } from '../../../pipelines/store/client.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { mayBeCalled } from '../../sql/gate/tree-wall.ts'
import { isTypeName } from '../../sql/gate/types.ts'
import type { Beside } from '../../sql/views/tenant-views.ts'
import { named, text } from '../../sql/views/view-sql.ts'
import { INFORMATION_SCHEMA } from './information-schema.ts'
import { SYSTEM } from './system.ts'
import type { CatalogTable, Facts, FunctionFacts, TypeFacts, Value, ViewFacts } from './table.ts'

/** All tables of the catalogue; `nameOfCatalog` is what each is called among a tenant's views. */
export const CATALOG: readonly CatalogTable[] = [...SYSTEM, ...INFORMATION_SCHEMA]

export function nameOfCatalog({ database, name }: CatalogTable): string {
  return `${database}_${name}`
}

/** The catalogue as views beside those of a tenant's rows. */
export const BESIDE: Beside = {
  version: createHash('sha256').update(JSON.stringify(contents())).digest('hex'),
  names: CATALOG.map(nameOfCatalog),
  async statements(store, database) {
    const facts = await readFacts(store, database)
    const types = await readSystemColumns(store)
    return CATALOG.map((table) => viewOf(table, database, facts, table.columns ?? types.get(table.name) ?? []))
  },
}

/** All that the views are made from but what the engine says, which another engine has made anew anyway. */
function contents(): unknown {
  const views = SQL_VIEWS.map((view) => ({
    ...view,
    columns: view.columns.map((column) => ({ ...column, type: 'String' })),
  }))
  const facts = { version: '', views, functions: [], settings: [], types: [] }
  return CATALOG.map((table) => ({ ...table, rows: table.rows(facts) }))
}

type Column = readonly [name: string, type: string]

async function readFacts(store: Store, database: string): Promise<Facts> {
  const [version, columns, functions, settings, types] = await Promise.all([
    store.query<{ version: string }>('SELECT version() AS version'),
    store.query<{ table: string; name: string; type: string }>(
      'SELECT table, name, type FROM system.columns WHERE database = {database:String}',
      { database },
    ),
    store.query<FunctionFacts>('SELECT name, is_aggregate, case_insensitive, alias_to FROM system.functions'),
    store.query<Facts['settings'][number]>(
      'SELECT name, default AS value, type FROM system.settings WHERE NOT is_obsolete ORDER BY name',
    ),
    store.query<TypeFacts>('SELECT name, case_insensitive, alias_to FROM system.data_type_families'),
  ])
  return {
    version: version[0]!.version,
    views: SQL_VIEWS.map(({ columns: known, name, summary }): ViewFacts => {
      const typed = new Map(columns.filter(({ table }) => table === name).map((column) => [column.name, column.type]))
      return { name, summary, columns: known.map((column) => ({ ...column, type: typed.get(column.name)! })) }
    }),
    functions: functions.filter(({ name }) => mayBeCalled(name)),
    settings,
    types: types.filter(({ name }) => isTypeName(name)),
  }
}

/** Which columns this engine's own tables have: clients name them. */
async function readSystemColumns(store: Store): Promise<ReadonlyMap<string, readonly Column[]>> {
  const rows = await store.query<{ table: string; name: string; type: string }>(
    "SELECT table, name, type FROM system.columns WHERE database = 'system' AND table IN {names:Array(String)} ORDER BY position",
    { names: SYSTEM.map(({ name }) => name) },
  )
  const tables = Map.groupBy(rows, ({ table }) => table)
  return new Map([...tables].map(([table, columns]) => [table, columns.map(({ name, type }) => [name, type] as const)]))
}

/** A view of literal rows. A table that this engine does not have has one column without a name worth asking for. */
function viewOf(table: CatalogTable, database: string, facts: Facts, known: readonly Column[]): string {
  const columns = known.length > 0 ? known : [['name', 'String'] as const]
  const rows = table.rows(facts)
  const given = columns.filter(([name]) => rows.some((row) => name in row))
  const list = columns.map(([name, type]) =>
    given.some(([other]) => other === name)
      ? `CAST(${named(name)} AS ${type}) AS ${named(name)}`
      : `defaultValueOfTypeName(${text(type)}) AS ${named(name)}`,
  )
  const head = `CREATE VIEW IF NOT EXISTS ${named(database)}.${named(nameOfCatalog(table))} AS SELECT ${list.join(', ')}`
  if (given.length === 0) return `${head} FROM system.one WHERE 0`
  // Arrays of literals, one per column: the parser reads each at once, while it computes every cell of values().
  const arrays = given.map(
    ([name]) => `[${rows.map((row) => value(row[name] ?? null, name)).join(',')}] AS ${named(name)}`,
  )
  return `${head} FROM system.one ARRAY JOIN ${arrays.join(', ')}`
}

function value(of: Value, name: string): string {
  if (of === null) return 'NULL'
  if (typeof of === 'string') return text(of)
  if (typeof of === 'number' || typeof of === 'bigint') return String(of)
  if (Array.isArray(of)) return `[${of.map(text).join(', ')}]`
  throw new TypeError(`the column ${name} has a value that is no literal`)
}
