import type { Store } from '../../../pipelines/store/client.ts'
import { tenantDatabase } from './view-sql.ts'

export type TenantViews = {
  /** The name of the database of a tenant's views, which is there when this resolves. */
  databaseOf(tenant: string): Promise<string>
  /** Makes them anew at the next question: somebody has dropped them. */
  forget(tenant: string): void
}

/**
 * The views of each tenant in a database of its own, made when the tenant first asks: no name that a statement may use
 * stands for rows of another tenant.
 */
export function tenantViews(store: Store): TenantViews {
  const made = new Map<string, Promise<string>>()

  async function make(tenant: string): Promise<string> {
    const [row] = await store.query<{ database: string }>('SELECT currentDatabase() AS database')
    const { name, statements } = tenantDatabase(row!.database, tenant)
    for (const statement of statements) await store.command(statement)
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
    forget: (tenant) => void made.delete(tenant),
  }
}
