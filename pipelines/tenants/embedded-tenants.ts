import { openSqlite, transaction } from '../sqlite.ts'
import type { Tenant } from './port.ts'
import type { NewApiKey, StoredApiKey, TenantStore } from './tenant-store.ts'

/** Tenants in one SQLite file: `omnify tenants add` works while the engine is up, which sees them at once. */
export function openEmbeddedTenants(file: string): TenantStore {
  const db = openSqlite(file, FORMAT, SCHEMA, UPGRADES)
  const one = db.prepare('SELECT name, currency, zone FROM tenants WHERE name = ?')
  const all = db.prepare('SELECT name, currency, zone FROM tenants ORDER BY name')
  const newTenant = db.prepare('INSERT INTO tenants VALUES (?, ?, ?)')
  const newKey = db.prepare(
    'INSERT INTO api_keys (id, tenant, hash, scopes, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const byId = db.prepare(
    'SELECT api_keys.*, name, currency, zone FROM api_keys JOIN tenants ON name = tenant WHERE id = ?',
  )
  const keysOf = db.prepare('SELECT * FROM api_keys WHERE tenant = coalesce(?, tenant) ORDER BY created_ms DESC, id')
  const expires = db.prepare('UPDATE api_keys SET expires_ms = min(coalesce(expires_ms, ?1), ?1) WHERE id = ?2')
  const revoked = db.prepare('UPDATE api_keys SET revoked_ms = coalesce(revoked_ms, ?1) WHERE id = ?2')
  const used = db.prepare('UPDATE api_keys SET used_ms = max(coalesce(used_ms, 0), ?1) WHERE id = ?2')

  function insertKey(tenant: string, key: NewApiKey): void {
    newKey.run(key.id, tenant, key.hash, key.scopes, key.created_ms, key.expires_ms)
  }

  return {
    get: async (name) => plain(one.get(name)),
    list: async () => all.all().map((row) => plain(row)!),
    async add(tenant, key, beforeCommit) {
      return transaction(db, () => {
        if (one.get(tenant.name) !== undefined) return false
        newTenant.run(tenant.name, tenant.currency, tenant.zone)
        insertKey(tenant.name, key)
        beforeCommit()
        return true
      })
    },
    addKey: async (tenant, key) => insertKey(tenant, key),
    async keyById(id) {
      const row = byId.get(id)
      return row === undefined ? undefined : { ...keyOf(row), owner: plain(row)! }
    },
    keys: async (tenant) => keysOf.all(tenant ?? null).map(keyOf),
    endKey: async (id, kind, at_ms) => void (kind === 'expires' ? expires : revoked).run(at_ms, id),
    touchKey: async (id, used_ms) => void used.run(used_ms, id),
    close: async () => db.close(),
  }
}

/** SQLite's rows have no prototype; ours are plain objects. */
function plain(row: unknown): Tenant | undefined {
  if (row === undefined) return undefined
  const { name, currency, zone } = row as Tenant
  return { name, currency, zone }
}

function keyOf(row: unknown): StoredApiKey {
  const { created_ms, expires_ms, hash, id, revoked_ms, scopes, tenant, used_ms } = row as StoredApiKey
  return { id, tenant, hash, scopes, created_ms, expires_ms, revoked_ms, used_ms }
}

const FORMAT = 2
const SCHEMA = `
  CREATE TABLE tenants (name TEXT PRIMARY KEY, currency TEXT NOT NULL, zone TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL DEFAULT '',
    created_ms INTEGER NOT NULL DEFAULT 0, expires_ms INTEGER, revoked_ms INTEGER, used_ms INTEGER
  ) WITHOUT ROWID`
const UPGRADES = {
  1: `
  ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
  ALTER TABLE api_keys ADD COLUMN created_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE api_keys ADD COLUMN expires_ms INTEGER;
  ALTER TABLE api_keys ADD COLUMN revoked_ms INTEGER;
  ALTER TABLE api_keys ADD COLUMN used_ms INTEGER`,
}
