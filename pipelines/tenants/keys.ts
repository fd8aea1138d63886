import { ALL_SCOPES, isScope, type Scope } from '../../schemas/scopes.ts'
import type { Clock, RandomBytes } from '../clock.ts'
import { hashOfApiKey, idOfApiKey, newApiKey } from './api-key.ts'
import { TenantError } from './error.ts'
import { readKeyFileOf, writeKeyFiles } from './key-files.ts'
import type { Keys } from './port.ts'
import type { NewApiKey, StoredApiKey, TenantStore } from './tenant-store.ts'

export type KeysParts = {
  readonly store: TenantStore
  readonly home: string
  readonly pepper: Buffer
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

/** API keys over a store of them. */
export function makeKeys(parts: KeysParts): Keys {
  const { clock, home, randomBytes, store } = parts

  async function live(id: string): Promise<StoredApiKey> {
    const found = await store.keyById(id)
    if (found === undefined || !isLive(found, clock()))
      throw new TenantError('unknown_key', `there is no key ${id}, or it is over`)
    return found
  }

  return {
    async create(tenant, scopes, expires_ms) {
      if ((await store.get(tenant)) === undefined)
        throw new TenantError('unknown_tenant', `there is no tenant ${tenant}`)
      const made = newKey(parts, textOf(scopes), expires_ms ?? null)
      await store.addKey(tenant, made.stored)
      return { id: made.stored.id, key: made.text }
    },

    async list(tenant) {
      return (await store.keys(tenant)).map(({ hash: _, scopes, ...key }) => ({ ...key, scopes: scopesOf(scopes) }))
    },

    async rotate(id, grace_ms) {
      const old = await live(id)
      const made = newKey(parts, old.scopes, old.expires_ms)
      const filed = readKeyFileOf(home, old.tenant)
      // The new one works before the file names it, and the old one until after that.
      await store.addKey(old.tenant, made.stored)
      if (filed !== undefined && idOfApiKey(filed) === id) writeKeyFiles(home, old.tenant, made.text, randomBytes)
      await store.endKey(id, 'expires', clock() + grace_ms)
      return { id: made.stored.id, key: made.text }
    },

    async revoke(id) {
      if ((await store.keyById(id)) === undefined) throw new TenantError('unknown_key', `there is no key ${id}`)
      await store.endKey(id, 'revoked', clock())
    },
  }
}

/** A new key and what is kept of it. */
export function newKey(
  { clock, pepper, randomBytes }: Pick<KeysParts, 'clock' | 'pepper' | 'randomBytes'>,
  scopes: string,
  expires_ms: number | null,
): { readonly text: string; readonly stored: NewApiKey } {
  const { id, text } = newApiKey(randomBytes)
  const hash = hashOfApiKey(text, pepper)
  return { text, stored: { id, hash, scopes, created_ms: clock(), expires_ms } }
}

export function isLive({ expires_ms, revoked_ms }: StoredApiKey, now_ms: number): boolean {
  return revoked_ms === null && (expires_ms === null || expires_ms > now_ms)
}

/** How scopes are kept. None is not the empty text, which stands for a key from before scopes. */
export function textOf(scopes: readonly Scope[]): string {
  return scopes.length === 0 ? '-' : scopes.join(' ')
}

/** What a key may open. A scope of another version of this program is left out: it opens nothing here. */
export function scopesOf(text: string): readonly Scope[] {
  return text === '' ? ALL_SCOPES : text.split(' ').filter(isScope)
}
