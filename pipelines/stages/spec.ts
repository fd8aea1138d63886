import type { LogSpec } from '../log/spec.ts'
import type { StoreOptions } from '../store/client.ts'
import type { TenantsOptions } from '../tenants/open.ts'
import type { VaultOptions } from '../vault/open.ts'

/** Everything the thread of the stages needs to run by itself; plain data that may be posted to it. */
export type StagesSpec = {
  readonly log: LogSpec
  readonly store: StoreOptions
  readonly tenants: TenantsOptions
  readonly vault: VaultOptions
  readonly webhook_allow: readonly string[]
}
