import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { SQL_LIMITS } from '../limits.ts'
import { named, text } from './view-sql.ts'

export type TenantUser = {
  /** Where the tables are. */
  readonly database: string
  readonly tenant: string
  readonly password: string
  /** The user that Omnify itself logs in with. */
  readonly house: string
}

/** Tables below the views. */
export const VIEWED_TABLES: readonly string[] = [
  ...new Set(SQL_VIEWS.flatMap(({ parent, table }) => [table, ...(parent === undefined ? [] : [parent])])),
].toSorted()

/**
 * What makes a user of a ClickHouse server who can read one tenant's rows and nothing else: a wall of the server's own,
 * for analysts who log in to the server itself. Run as an administrator; every statement may be repeated.
 *
 * Views are read with the rights of who asks (`SQL SECURITY INVOKER`, ClickHouse's default), so the user needs the tables
 * below them, of which a row policy leaves him his tenant's rows. A table with policies shows its rows to those alone who
 * have one: hence that of the house, to which further users of yours are added who read the tables.
 *
 * @param tables  fewer of them, for an example
 */
export function tenantUser(
  { database, house, password, tenant }: TenantUser,
  tables: readonly string[] = VIEWED_TABLES,
): readonly string[] {
  const user = named(`${database}_${tenant}`)
  const profile = named(`${database}_tenant`)
  const views = `\`omnify_sql_${tenant}_\`*`
  return [
    `CREATE SETTINGS PROFILE IF NOT EXISTS ${profile} SETTINGS ${SETTINGS}`,
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED WITH sha256_password BY ${text(password)} SETTINGS PROFILE ${profile}`,
    `GRANT SELECT ON ${views}.* TO ${user}`,
    ...tables.flatMap((table) => {
      const place = `${named(database)}.${named(table)}`
      return [
        `CREATE ROW POLICY IF NOT EXISTS ${named(tenant)} ON ${place} USING tenant = ${text(tenant)} TO ${user}`,
        `CREATE ROW POLICY IF NOT EXISTS house ON ${place} USING 1 TO ${named(house)}`,
        `GRANT SELECT ON ${place} TO ${user}`,
      ]
    }),
  ]
}

/** Under `readonly` none of them can be changed. The last two keep filters of a question above the policy. */
const SETTINGS = [
  'readonly = 1',
  `max_execution_time = ${SQL_LIMITS.stream_seconds_max}`,
  `max_rows_to_read = ${SQL_LIMITS.rows_read_max}`,
  'max_memory_usage = 600000000',
  'max_threads = 2',
  'query_plan_filter_push_down = 0',
  'query_plan_merge_filters = 0',
].join(', ')
