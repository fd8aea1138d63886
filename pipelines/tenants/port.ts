import type { Scope } from '../../schemas/scopes.ts'

/** A tenant: whose data these are, and what its numbers are reported in. */
export type Tenant = {
  readonly name: string
  /** ISO 4217, the tenant's own reporting currency. */
  readonly currency: string
  /** IANA zone, used where an event does not name its account's or shop's zone. */
  readonly zone: string
}

/** Whoever presented a key or a token. */
export type Caller = {
  readonly tenant: Tenant
  /** `token` for a token, which has none. */
  readonly key_id: string
  readonly scopes: readonly Scope[]
}

export type Tenants = {
  get(name: string): Promise<Tenant | undefined>
  list(): Promise<readonly Tenant[]>
  /** Adds a tenant with its first API key, which is returned once and written to OMNIFY_HOME/keys/NAME (0600). */
  add(tenant: Tenant): Promise<{ readonly key: string }>
  /**
   * Who a presented API key, or where tokens are taken a JWT, belongs to; undefined for an unknown, malformed, expired or
   * revoked one.
   *
   * @throws TenantError `identity_unavailable`
   */
  authenticate(key: string): Promise<Caller | undefined>
  readonly keys: Keys
  close(): Promise<void>
}

/** API keys of tenants. A change is noticed everywhere within five seconds. */
export type Keys = {
  /**
   * A further key, which is told this once.
   *
   * @param expires_ms  undefined for one that does not expire
   * @throws TenantError `unknown_tenant`
   */
  create(tenant: string, scopes: readonly Scope[], expires_ms?: number): Promise<{ id: string; key: string }>
  /** Newest first, revoked and expired ones too. */
  list(tenant?: string): Promise<readonly KeyInfo[]>
  /**
   * A new key with the tenant, scopes and life of an old one, which ends after a while: both work until then. Where the
   * old one lies in OMNIFY_HOME/keys, the new one takes its place.
   *
   * @param grace_ms  how long the old one goes on; it never lives longer for it
   * @throws TenantError `unknown_key`, also for one that is over
   */
  rotate(id: string, grace_ms: number): Promise<{ id: string; key: string }>
  /** @throws TenantError `unknown_key` */
  revoke(id: string): Promise<void>
}

export type KeyInfo = {
  readonly id: string
  readonly tenant: string
  readonly scopes: readonly Scope[]
  /** 0 for keys from before this was kept. */
  readonly created_ms: number
  readonly expires_ms: number | null
  readonly revoked_ms: number | null
  /** To the minute; null when it was never used. */
  readonly used_ms: number | null
}
