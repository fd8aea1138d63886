import { timingSafeEqual } from 'node:crypto'
import { isCurrency } from '../../schemas/currencies.ts'
import { isZone } from '../../schemas/zone.ts'
import { type Clock, type RandomBytes, systemClock, systemRandomBytes } from '../clock.ts'
import { hashOfApiKey, idOfApiKey, newApiKey } from './api-key.ts'
import { TenantError } from './error.ts'
import { writeKeyFiles } from './key-files.ts'
import type { Tenant, Tenants } from './port.ts'
import type { TenantStore } from './tenant-store.ts'

export type TenantsParts = {
  readonly store: TenantStore
  /** OMNIFY_HOME, where key files are written. */
  readonly home: string
  readonly clock?: Clock
  readonly randomBytes?: RandomBytes
}

/** The tenants over a store of them. Closing closes the store. */
export function makeTenants({
  store,
  home,
  clock = systemClock,
  randomBytes = systemRandomBytes,
}: TenantsParts): Tenants {
  /** By the key's hash, so that no key lies in memory. */
  const recent = new Map<string, { readonly tenant: Tenant; readonly until_ms: number }>()

  return {
    get: (name) => store.get(name),
    list: () => store.list(),

    async add({ name, currency, zone }) {
      check({ name, currency, zone })
      const key = newApiKey(randomBytes)
      const stored = { id: key.id, hash: hashOfApiKey(key.text) }
      const added = await store.add({ name, currency, zone }, stored, () =>
        writeKeyFiles(home, name, key.text, randomBytes),
      )
      if (!added) throw new TenantError('tenant_exists', `tenant ${name} exists already`)
      return { key: key.text }
    },

    async authenticate(text) {
      const id = idOfApiKey(text)
      if (id === undefined) return undefined
      const hash = hashOfApiKey(text)
      const now_ms = clock()
      const known = recent.get(hash)
      if (known !== undefined && known.until_ms > now_ms) return known.tenant
      const found = await store.keyById(id)
      if (found === undefined || !timingSafeEqual(Buffer.from(found.hash), Buffer.from(hash))) return undefined
      // Only keys that are right get in, so no flood of wrong ones can push them out.
      if (recent.size >= RECENT_MAX) recent.clear()
      recent.set(hash, { tenant: found.tenant, until_ms: now_ms + RECENT_MS })
      return found.tenant
    },

    close: () => store.close(),
  }
}

function check({ name, currency, zone }: Tenant): void {
  // A tenant is also a user name for BI tools and a file name under keys/.
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
    throw new TenantError(
      'bad_tenant_name',
      `"${name}" is no tenant name: a letter, then lower-case letters, digits, _ or -, at most 63`,
    )
  }
  if (!isCurrency(currency)) throw new TenantError('bad_currency', `"${currency}" is no ISO 4217 currency code`)
  if (!isZone(zone)) throw new TenantError('bad_time_zone', `"${zone}" is no IANA time zone`)
}

/** A revoked key or a tenant's new currency is noticed this much later at most. */
const RECENT_MS = 5_000
const RECENT_MAX = 10_000
