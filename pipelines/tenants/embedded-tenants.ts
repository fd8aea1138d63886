import { openSqlite, transaction } from '../sqlite.ts'
import type { Tenant } from './port.ts'
import type { TenantStore } from './tenant-store.ts'

/** Tenants in one SQLite file: `omnify tenants add` works while the engine is up, which sees them at once. */
export function openEmbeddedTenants(file: string): TenantStore {
  const db = openSqlite(file, FORMAT, SCHEMA)
  const one = db.prepare('SELECT name, currency, zone FROM tenants WHERE name = ?')
  const all = db.prepare('SELECT name, currency, zone FROM tenants ORDER BY name')
  const newTenant = db.prepare('INSERT INTO tenants VALUES (?, ?, ?)')
  const newKey = db.prepare('INSERT INTO api_keys VALUES (?, ?, ?)')
  const byId = db.prepare('SELECT hash, name, currency, zone FROM api_keys JOIN tenants ON name = tenant WHERE id = ?')

  return {
    get: async (name) => plain(one.get(name)),
    list: async () => all.all().map((row) => plain(row)!),
    async add(tenant, key, beforeCommit) {
      return transaction(db, () => {
        if (one.get(tenant.name) !== undefined) return false
        newTenant.run(tenant.name, tenant.currency, tenant.zone)
        newKey.run(key.id, tenant.name, key.hash)
        beforeCommit()
        return true
      })
    },
    async keyById(id) {
      const row = byId.get(id) as (Tenant & { hash: string }) | undefined
      return row === undefined ? undefined : { hash: row.hash, tenant: plain(row)! }
    },
    close: async () => db.close(),
  }
}

/** SQLite's rows have no prototype; ours are plain objects. */
function plain(row: unknown): Tenant | undefined {
  if (row === undefined) return undefined
  const { name, currency, zone } = row as Tenant
  return { name, currency, zone }
}

const FORMAT = 1
const SCHEMA = `
  CREATE TABLE tenants (name TEXT PRIMARY KEY, currency TEXT NOT NULL, zone TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE api_keys (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID`
