import type { Store } from '../../../pipelines/store/client.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { tenantDatabase } from './view-sql.ts'

export type TenantViews = {
  /** The name of the database of a tenant's views, which is there when this resolves. */
  databaseOf(tenant: string): Promise<string>
  /** Whether one of them is missing that was made: somebody has dropped it, or the store has started anew. */
  areGone(tenant: string): Promise<boolean>
  /** Makes them anew at the next question: somebody has dropped them. */
  forget(tenant: string): void
}

/** Views that a tenant's database has besides those of the tenant's rows: what tools ask to find their way. */
export type Beside = {
  /** Changes when the views do. */
  readonly version: string
  readonly names: readonly string[]
  /** What makes them, once the others are there; every statement may be repeated. */
  statements(store: Store, database: string): Promise<readonly string[]>
}

/**
 * The views of each tenant in a database of its own, made when the tenant first asks: no name that a statement may use
 * stands for rows of another tenant.
 */
export function tenantViews(store: Store, beside?: Beside): TenantViews {
  const names = [...SQL_VIEWS.map(({ name }) => name), ...(beside?.names ?? [])]
  const made = new Map<string, Promise<string>>()

  async function make(tenant: string): Promise<string> {
    const [row] = await store.query<{ database: string }>('SELECT currentDatabase() AS database')
    const { name, statements } = tenantDatabase(row!.database, tenant, beside?.version)
    for (const statement of statements) await store.command(statement)
    for (const statement of (await beside?.statements(store, name)) ?? []) await store.command(statement)
    return name
  }

  return {
    databaseOf(tenant) {
      const known = made.get(tenant)
      if (known !== undefined) return known
      const making = make(tenant)
      made.set(tenant, making)
      making.catch(() => made.delete(tenant))
      return making
    },
    async areGone(tenant) {
      const [row] = await store.query<{ there: number }>(
        'SELECT toUInt32(count()) AS there FROM system.tables WHERE database = {database:String} AND name IN {names:Array(String)}',
        { database: (await made.get(tenant)) ?? '', names },
      )
      return row!.there < names.length
    },
    forget: (tenant) => void made.delete(tenant),
  }
}
