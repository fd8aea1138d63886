import type { Store } from '../../../pipelines/store/client.ts'
import { type Beside, tenantViews } from './tenant-views.ts'

/**
 * A client of the store per tenant, in the database of the tenant's views.
 *
 * @param connect  a client in a database
 */
export function tenantStores(store: Store, connect: (database: string) => Store, beside?: Beside): TenantStores {
  const views = tenantViews(store, beside)
  const clients = new Map<string, { readonly database: string; readonly store: Store }>()

  async function drop(tenant: string): Promise<void> {
    const client = clients.get(tenant)
    clients.delete(tenant)
    await client?.store.close()
  }

  return {
    async of(tenant) {
      const database = await views.databaseOf(tenant)
      const known = clients.get(tenant)
      if (known !== undefined) return known.store
      const made = { database, store: connect(database) }
      clients.set(tenant, made)
      // The one that was opened first; a statement that still runs on it goes on.
      const first = clients.size > CLIENTS_MAX ? clients.keys().next().value : undefined
      if (first !== undefined) await drop(first)
      return made.store
    },
    areGone: (tenant) => views.areGone(tenant),
    async forget(tenant) {
      views.forget(tenant)
      await drop(tenant)
    },
    async close() {
      await Promise.all([...clients.keys()].map(drop))
    },
  }
}

export type TenantStores = {
  of(tenant: string): Promise<Store>
  /** Whether views of the tenant that were made are missing. */
  areGone(tenant: string): Promise<boolean>
  /** The tenant's views are gone: they are made anew for the next question. */
  forget(tenant: string): Promise<void>
  close(): Promise<void>
}

/** Each keeps a few sockets while it is used. */
const CLIENTS_MAX = 500
