import type { Tenant } from './port.ts'

/** Where tenants are kept. Two adapters: a file of this machine, and ClickHouse. */
export type TenantStore = {
  get(name: string): Promise<Tenant | undefined>
  list(): Promise<readonly Tenant[]>
  /**
   * Adds a tenant with its first key, durably, unless one of this name exists.
   *
   * @param beforeCommit runs when the name is known to be free and before it is taken: a key must be in its file
   *   before it works, since it cannot be had again
   * @returns whether it was added
   */
  add(tenant: Tenant, key: StoredApiKey, beforeCommit: () => void): Promise<boolean>
  /** The key of this id with its tenant. */
  keyById(id: string): Promise<{ readonly hash: string; readonly tenant: Tenant } | undefined>
  close(): Promise<void>
}

export type StoredApiKey = { readonly id: string; readonly hash: string }
