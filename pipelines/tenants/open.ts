import { join } from 'node:path'
import { openEmbeddedTenants } from './embedded-tenants.ts'
import { TenantError } from './error.ts'
import type { Tenant, Tenants } from './port.ts'
import { makeTenants } from './tenants.ts'

/** Plain data, so that a worker thread can be told to open tenants of its own. */
export type TenantsOptions = {
  readonly kind: 'embedded'
  /** OMNIFY_HOME */
  readonly home: string
}

/** The tenant that exists without set-up. UTC, because its world has accounts in several zones and none is home. */
export const DEMO: Tenant = { name: 'demo', currency: 'USD', zone: 'UTC' }

/** Opens the tenants of this machine, with `demo` among them. */
export async function openTenants({ home }: TenantsOptions): Promise<Tenants> {
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
