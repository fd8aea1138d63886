import { join } from 'node:path'
import { systemRandomBytes } from '../clock.ts'
import { connectStore } from '../store/client.ts'
import { openClickHouseTenants } from './clickhouse-tenants.ts'
import { openEmbeddedTenants } from './embedded-tenants.ts'
import { TenantError } from './error.ts'
import type { TenantsOptions } from './options.ts'
import { readPepper } from './pepper.ts'
import type { Tenant, Tenants } from './port.ts'
import { makeTenants } from './tenants.ts'

export type { TenantsOptions } from './options.ts'

/** The tenant that exists without set-up. UTC, because its world has accounts in several zones and none is home. */
export const DEMO: Tenant = { name: 'demo', currency: 'USD', zone: 'UTC' }

/** Opens the tenants of this machine, with `demo` among them, or of all machines. The tables must have been migrated. */
export async function openTenants(options: TenantsOptions): Promise<Tenants> {
  const { home } = options
  const store =
    options.kind === 'clickhouse'
      ? openClickHouseTenants(connectStore(options.store))
      : openEmbeddedTenants(join(home, 'tenants.db'))
  try {
    const tenants = makeTenants({ store, home, pepper: await readPepper(options, store, systemRandomBytes) })
    if (options.kind === 'embedded') await addDemo(tenants)
    return tenants
  } catch (error) {
    await store.close()
    throw error
  }
}

async function addDemo(tenants: Tenants): Promise<void> {
  if ((await tenants.get(DEMO.name)) !== undefined) return
  try {
    await tenants.add(DEMO)
  } catch (error) {
    // Another process of the same home was faster.
    if (!(error instanceof TenantError && error.code === 'tenant_exists')) throw error
  }
}
