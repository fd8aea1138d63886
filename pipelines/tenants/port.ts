/** A tenant: whose data these are, and what its numbers are reported in. */
export type Tenant = {
  readonly name: string
  /** ISO 4217, the tenant's own reporting currency. */
  readonly currency: string
  /** IANA zone, used where an event does not name its account's or shop's zone. */
  readonly zone: string
}

export type Tenants = {
  get(name: string): Promise<Tenant | undefined>
  list(): Promise<readonly Tenant[]>
  /** Adds a tenant with its first API key, which is returned once and written to OMNIFY_HOME/keys/NAME (0600). */
  add(tenant: Tenant): Promise<{ readonly key: string }>
  /** The tenant that a presented API key belongs to; undefined for an unknown, malformed or revoked key. */
  authenticate(key: string): Promise<Tenant | undefined>
  close(): Promise<void>
}
