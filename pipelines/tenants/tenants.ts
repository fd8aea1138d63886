import { hash } from 'node:crypto'
import { isCurrency } from '../../schemas/currencies.ts'
import { ALL_SCOPES } from '../../schemas/scopes.ts'
import { isZone } from '../../schemas/zone.ts'
import { type Clock, type RandomBytes, systemClock, systemRandomBytes } from '../clock.ts'
import { idOfApiKey, isHashOf } from './api-key.ts'
import { TenantError } from './error.ts'
import { writeKeyFiles } from './key-files.ts'
import { isLive, makeKeys, newKey, scopesOf, textOf } from './keys.ts'
import type { Caller, Tenant, Tenants } from './port.ts'
import type { TenantStore } from './tenant-store.ts'
import { makeUses } from './uses.ts'

export type TenantsParts = {
  readonly store: TenantStore
  /** OMNIFY_HOME, where key files are written. */
  readonly home: string
  /** The secret that keys are hashed under. */
  readonly pepper: Buffer
  readonly clock?: Clock
  readonly randomBytes?: RandomBytes
}

/** The tenants over a store of them. Closing closes the store. */
export function makeTenants({
  store,
  home,
  pepper,
  clock = systemClock,
  randomBytes = systemRandomBytes,
}: TenantsParts): Tenants {
  /** By the key's digest, so that no key lies in memory. */
  const recent = new Map<string, { readonly caller: Caller; readonly until_ms: number }>()
  const uses = makeUses(store)

  return {
    get: (name) => store.get(name),
    list: () => store.list(),
    keys: makeKeys({ store, home, pepper, clock, randomBytes }),

    async add({ name, currency, zone }) {
      check({ name, currency, zone })
      const key = newKey({ clock, pepper, randomBytes }, textOf(ALL_SCOPES), null)
      const added = await store.add({ name, currency, zone }, key.stored, () =>
        writeKeyFiles(home, name, key.text, randomBytes),
      )
      if (!added) throw new TenantError('tenant_exists', `tenant ${name} exists already`)
      return { key: key.text }
    },

    async authenticate(text) {
      const id = idOfApiKey(text)
      if (id === undefined) return undefined
      // 190 random bits cannot be guessed from it. The two HMACs of a kept hash take 26 µs, which every request would pay.
      const digest = hash('sha256', text)
      const now_ms = clock()
      const known = recent.get(digest)
      if (known !== undefined && known.until_ms > now_ms) return known.caller
      const found = await store.keyById(id)
      if (found === undefined || !isHashOf(found.hash, text, pepper) || !isLive(found, now_ms)) return undefined
      const caller = { tenant: found.owner, key_id: id, scopes: scopesOf(found.scopes) }
      // Only keys that are right get in, so no flood of wrong ones can push them out.
      if (recent.size >= RECENT_MAX) recent.clear()
      recent.set(digest, {
        caller,
        until_ms: Math.min(now_ms + RECENT_MS, found.expires_ms ?? Number.POSITIVE_INFINITY),
      })
      uses.note(id, now_ms)
      return caller
    },

    async close() {
      await uses.settled()
      await store.close()
    },
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
