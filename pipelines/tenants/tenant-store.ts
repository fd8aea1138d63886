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
  add(tenant: Tenant, key: NewApiKey, beforeCommit: () => void): Promise<boolean>
  /** Adds a key of a tenant that exists, durably. */
  addKey(tenant: string, key: NewApiKey): Promise<void>
  /** The key of this id with its tenant. */
  keyById(id: string): Promise<(StoredApiKey & { readonly owner: Tenant }) | undefined>
  /** All keys, of one tenant or of all, newest first. */
  keys(tenant?: string): Promise<readonly StoredApiKey[]>
  /** Ends a key, durably: it expires at an instant (the earliest that was ever said counts), or is revoked. */
  endKey(id: string, kind: 'expires' | 'revoked', at_ms: number): Promise<void>
  /** Remembers that a key was used; may be lost with the machine. */
  touchKey(id: string, used_ms: number): Promise<void>
  close(): Promise<void>
}

export type NewApiKey = {
  readonly id: string
  readonly hash: string
  /** With blanks between them; '' for keys from before scopes, which may do everything. */
  readonly scopes: string
  readonly created_ms: number
  readonly expires_ms: number | null
}

export type StoredApiKey = NewApiKey & {
  readonly tenant: string
  readonly revoked_ms: number | null
  readonly used_ms: number | null
}
