import { createHash } from 'node:crypto'
import type { SqlView } from '../../../schemas/sql/view.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'

export type TenantDatabase = {
  /** Name of the database that holds the tenant's views and nothing else. */
  readonly name: string
  /** What makes it; every statement may be repeated. */
  readonly statements: readonly string[]
}

/**
 * The database of one tenant's views. Its name changes with every definition, so that views made by another version of
 * this program are not taken for these.
 *
 * @param database  where the tables are
 * @param beside  what else is put into it, in any words that change with it
 */
export function tenantDatabase(database: string, tenant: string, beside = ''): TenantDatabase {
  const bodies = SQL_VIEWS.map((view) => viewBody(view, database, tenant))
  const hash = createHash('sha256')
    .update([...bodies, beside].join('\n'))
    .digest('hex')
    .slice(0, 12)
  const name = `${DATABASE_PREFIX}${tenant}_${hash}`
  return {
    name,
    statements: [
      // In memory: the views are made anew whenever they are missing, and a store that restarts has nothing to load.
      `CREATE DATABASE IF NOT EXISTS ${named(name)} ENGINE = Memory`,
      ...SQL_VIEWS.map(
        (view, index) => `CREATE VIEW IF NOT EXISTS ${named(name)}.${named(view.name)} AS ${bodies[index]}`,
      ),
    ],
  }
}

const DATABASE_PREFIX = 'omnify_sql_'

/**
 * The rows of one tenant, in a subquery of their own, and the columns outside of it: what a question adds stands outside
 * of both. The rows are cut off by a filter that nothing else shares (`ENGINE_LIMITS` keeps the engine from merging them).
 */
function viewBody(view: SqlView, database: string, tenant: string): string {
  const columns = view.columns.map(({ name, sql }) => (sql === name ? named(name) : `${sql} AS ${named(name)}`))
  return `SELECT ${columns.join(', ')} FROM (${rowsOf(view, database, `tenant = ${text(tenant)}`)})`
}

function rowsOf({ parent, rows, table }: SqlView, database: string, own: string): string {
  const from = `SELECT * FROM ${named(database)}.${named(table)}`
  // Sorted by identity first: the sort goes to the disk when it is large and the limit follows it row by row, where a table
  // of all identities in memory took 800 MB for 5 million.
  const newest = (of: string, columns: string) =>
    `SELECT ${columns} FROM ${named(database)}.${named(of)} WHERE ${own} ORDER BY id_hash, occurred_at DESC, _offset DESC LIMIT 1 BY id_hash`
  switch (rows) {
    case 'newest':
      return newest(table, '*')
    case 'of_newest':
      return `SELECT * FROM (${from} WHERE ${own}) WHERE (id_hash, _offset) IN (${newest(parent!, 'id_hash, _offset')})`
    case 'replaced':
      // A window that became empty stays as zeros.
      return `SELECT * FROM (${from} FINAL WHERE ${own}) WHERE n > 0`
    case 'all':
      return `${from} WHERE ${own}`
  }
}

/** A name in a statement of ours. */
export function named(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/** A text in a statement of ours. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
