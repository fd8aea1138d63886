import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { FORMAT_NAMES } from '../formats.ts'
import { DATABASE } from '../names.ts'
import { createText } from './create-text.ts'
import type { CatalogTable, Facts } from './table.ts'

/** ClickHouse's own tables that tools ask for. Adding one is an entry. */
export const SYSTEM: readonly CatalogTable[] = [
  { database: 'system', name: 'one', rows: () => [{ dummy: 0 }] },
  {
    database: 'system',
    name: 'databases',
    rows: () => [{ name: DATABASE, database: DATABASE, engine: 'Memory', engine_full: 'Memory' }],
  },
  {
    database: 'system',
    name: 'tables',
    rows: ({ views }) =>
      views.map((view) => ({
        database: DATABASE,
        name: view.name,
        table: view.name,
        engine: 'View',
        engine_full: '',
        create_table_query: createText(view),
        comment: view.summary,
        total_rows: null,
        total_bytes: null,
        total_bytes_uncompressed: null,
        parts: null,
        active_parts: null,
        total_marks: null,
        lifetime_rows: null,
        lifetime_bytes: null,
      })),
  },
  { database: 'system', name: 'columns', rows: columns },
  {
    database: 'system',
    name: 'functions',
    rows: ({ functions }) =>
      functions.map(({ alias_to, case_insensitive, is_aggregate, name }) => ({
        name,
        is_aggregate,
        case_insensitive,
        alias_to,
      })),
  },
  {
    database: 'system',
    name: 'settings',
    // All that the engine has, for a client refuses by itself to send one that is not there or that it may not change.
    rows: ({ settings }) => settings.map(({ name, type, value }) => ({ name, value, type, min: null, max: null })),
  },
  {
    database: 'system',
    name: 'formats',
    rows: () => FORMAT_NAMES.map((name) => ({ name, is_input: 0, is_output: 1 })),
  },
  {
    database: 'system',
    name: 'data_type_families',
    rows: ({ types }) => types.map((type) => ({ ...type })),
  },
  { database: 'system', name: 'table_engines', rows: () => [{ name: 'View' }] },
  { database: 'system', name: 'database_engines', rows: () => [{ name: 'Memory' }] },
  { database: 'system', name: 'build_options', rows: ({ version }) => [{ name: 'VERSION_DESCRIBE', value: version }] },
  // What tools look for and there is none of here.
  ...[
    'clusters',
    'data_skipping_indices',
    'dictionaries',
    'enabled_roles',
    'current_roles',
    'macros',
    'merges',
    'mutations',
    'parts',
    'processes',
    'projections',
    'replicas',
    'role_grants',
    'table_functions',
    'view_refreshes',
  ].map((name): CatalogTable => ({ database: 'system', name, rows: () => [] })),
]

function columns({ views }: Facts) {
  return views.flatMap((view) =>
    view.columns.map(({ about, name, type }, index) => ({
      database: DATABASE,
      table: view.name,
      name,
      type,
      position: index + 1,
      comment: about,
      character_octet_length: null,
      ...numbersOf(type),
    })),
  )
}

/** Precision and scale of numbers and times, as ClickHouse states them. */
export function numbersOf(type: string): Readonly<Record<string, number | null>> {
  const bare = /^(?:LowCardinality\()?(?:Nullable\()?([A-Za-z]+)(\d*)(?:\(([\d, ]+)?)?/.exec(type)
  const [, family, bits, args] = bare ?? []
  const [first, second] = (args ?? '').split(',').map(Number)
  const none = {
    numeric_precision: null,
    numeric_precision_radix: null,
    numeric_scale: null,
    datetime_precision: null,
  }
  if (family === 'Decimal')
    return { ...none, numeric_precision: first!, numeric_precision_radix: 10, numeric_scale: second! }
  if (family === 'Int' || family === 'UInt')
    return { ...none, numeric_precision: Number(bits), numeric_precision_radix: 2, numeric_scale: 0 }
  if (family === 'Float') return { ...none, numeric_precision: Number(bits), numeric_precision_radix: 2 }
  if (family === 'DateTime') return { ...none, datetime_precision: bits === '64' ? (first ?? 3) : 0 }
  return none
}

/** Names of the documented views, in their order. */
export const VIEW_NAMES: ReadonlySet<string> = new Set(SQL_VIEWS.map(({ name }) => name))
