import { join } from 'node:path'
import { connectStore, type StoreOptions } from '../store/client.ts'
import { openClickHouseTenants } from './clickhouse-tenants.ts'
import { openEmbeddedTenants } from './embedded-tenants.ts'
import { TenantError } from './error.ts'
import type { Tenant, Tenants } from './port.ts'
import { makeTenants } from './tenants.ts'

/** Plain data, so that a worker thread can be told to open tenants of its own. */
export type TenantsOptions = {
  /** OMNIFY_HOME: the embedded registry, and in both forms the files of new keys. */
  readonly home: string
} & ({ readonly kind: 'embedded' } | { readonly kind: 'clickhouse'; readonly store: StoreOptions })

/** The tenant that exists without set-up. UTC, because its world has accounts in several zones and none is home. */
export const DEMO: Tenant = { name: 'demo', currency: 'USD', zone: 'UTC' }

/** Opens the tenants of this machine, with `demo` among them, or of all machines. The tables must have been migrated. */
export async function openTenants(options: TenantsOptions): Promise<Tenants> {
  const { home } = options
  if (options.kind === 'clickhouse') {
    return makeTenants({ store: openClickHouseTenants(connectStore(options.store)), home })
  }
  const store = openEmbeddedTenants(join(home, 'tenants.db'))
  const tenants = makeTenants({ store, home })
  try {
    if ((await tenants.get(DEMO.name)) === undefined) await tenants.add(DEMO)
  } catch (error) {
    // Another process of the same home was faster.
    if (!(error instanceof TenantError && error.code === 'tenant_exists')) {
      await store.close()
      throw error
    }
  }
  return tenants
}
