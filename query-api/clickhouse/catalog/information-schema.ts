import { DATABASE } from '../names.ts'
import { numbersOf } from './system.ts'
import type { CatalogTable } from './table.ts'

const STRINGS = (names: string) => names.split(' ').map((name) => [name, 'String'] as const)
const NULLABLE = (type: string, names: string) => names.split(' ').map((name) => [name, `Nullable(${type})`] as const)

/** The tables of the SQL standard, each column in small letters and in capitals, as ClickHouse has them. */
export const INFORMATION_SCHEMA: readonly CatalogTable[] = [
  {
    database: 'information_schema',
    name: 'schemata',
    columns: twice([
      ...STRINGS('catalog_name schema_name schema_owner'),
      ...NULLABLE(
        'String',
        'default_character_set_catalog default_character_set_schema default_character_set_name sql_path',
      ),
    ]),
    rows: () => [both({ catalog_name: DATABASE, schema_name: DATABASE, schema_owner: 'default' })],
  },
  {
    database: 'information_schema',
    name: 'tables',
    columns: twice([
      ...STRINGS('table_catalog table_schema table_name table_type'),
      ...NULLABLE('UInt64', 'table_rows data_length index_length'),
      ...NULLABLE('String', 'table_collation table_comment'),
    ]),
    rows: ({ views }) =>
      views.map(({ name, summary }) =>
        both({
          table_catalog: DATABASE,
          table_schema: DATABASE,
          table_name: name,
          table_type: 'VIEW',
          table_comment: summary,
        }),
      ),
  },
  {
    database: 'information_schema',
    name: 'views',
    columns: twice([
      ...STRINGS('table_catalog table_schema table_name view_definition check_option is_updatable'),
      ...STRINGS('is_insertable_into is_trigger_updatable is_trigger_deletable is_trigger_insertable_into'),
    ]),
    rows: ({ views }) =>
      views.map(({ name }) =>
        both({
          table_catalog: DATABASE,
          table_schema: DATABASE,
          table_name: name,
          check_option: 'NONE',
          is_updatable: 'NO',
          is_insertable_into: 'NO',
          is_trigger_updatable: 'NO',
          is_trigger_deletable: 'NO',
          is_trigger_insertable_into: 'NO',
        }),
      ),
  },
  {
    database: 'information_schema',
    name: 'columns',
    columns: twice([
      ...STRINGS('table_catalog table_schema table_name column_name column_default data_type column_type'),
      ...STRINGS('extra column_comment'),
      ['ordinal_position', 'UInt64'],
      ['is_nullable', 'UInt8'],
      ...NULLABLE('UInt64', 'character_maximum_length character_octet_length'),
      ...NULLABLE('UInt64', 'numeric_precision numeric_precision_radix numeric_scale datetime_precision'),
    ]),
    rows: ({ views }) =>
      views.flatMap((view) =>
        view.columns.map(({ about, name, type }, index) =>
          both({
            table_catalog: DATABASE,
            table_schema: DATABASE,
            table_name: view.name,
            column_name: name,
            data_type: type,
            column_type: type,
            column_comment: about,
            ordinal_position: index + 1,
            is_nullable: /^(?:LowCardinality\()?Nullable\(/.test(type) ? 1 : 0,
            ...numbersOf(type),
          }),
        ),
      ),
  },
  {
    database: 'information_schema',
    name: 'key_column_usage',
    columns: twice([
      ...STRINGS(
        'constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name',
      ),
      ...NULLABLE('UInt32', 'ordinal_position position_in_unique_constraint'),
      ...NULLABLE('String', 'referenced_table_schema referenced_table_name referenced_column_name'),
    ]),
    rows: () => [],
  },
  {
    database: 'information_schema',
    name: 'referential_constraints',
    columns: twice([
      ...STRINGS('constraint_catalog constraint_schema constraint_name unique_constraint_catalog'),
      ...STRINGS('unique_constraint_schema match_option update_rule delete_rule table_name referenced_table_name'),
      ...NULLABLE('String', 'unique_constraint_name'),
    ]),
    rows: () => [],
  },
]

function twice(columns: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return [...columns, ...columns.map(([name, type]) => [name.toUpperCase(), type] as const)]
}

function both<T>(row: Readonly<Record<string, T>>): Record<string, T> {
  return { ...row, ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value])) }
}
