import type { Store } from '../store/client.ts'
import { insertRows } from '../store/insert-rows.ts'
import type { Tenant } from './port.ts'
import type { NewApiKey, StoredApiKey, TenantStore } from './tenant-store.ts'

/** Tenants in ClickHouse, for processes on many machines. Closing it closes the store's client. */
export function openClickHouseTenants(store: Store): TenantStore {
  async function get(name: string): Promise<Tenant | undefined> {
    const sql = 'SELECT name, currency, zone FROM tenants WHERE name = {name:String} LIMIT 1'
    return (await store.query<Tenant>(sql, { name }))[0]
  }

  /** Its end first: a key is never there without the end that it was made with. */
  async function insertKey(tenant: string, key: NewApiKey): Promise<void> {
    if (key.expires_ms !== null)
      await insertRows(store, 'api_key_ends', ENDS, [[key.id, 'expires', String(key.expires_ms)]])
    await insertRows(store, 'api_keys', KEYS, [[key.id, tenant, key.hash, key.scopes, String(key.created_ms)]])
  }

  return {
    get,
    list: () => store.query<Tenant>('SELECT name, currency, zone FROM tenants ORDER BY name LIMIT 1 BY name'),

    // The key first: when two add the same tenant at once, both keys open the one tenant that the token let in.
    async add({ name, currency, zone }, key, beforeCommit) {
      if ((await get(name)) !== undefined) return false
      beforeCommit()
      await insertKey(name, key)
      for (let attempt = 0; attempt < TOKENS_MAX; attempt += 1) {
        const token = `tenant:${name}:${attempt}`
        await insertRows(store, 'tenants', ['name', 'currency', 'zone'], [[name, currency, zone]], { token })
        if ((await get(name)) !== undefined) return true
      }
      throw new Error(`tenant ${name} was inserted ${TOKENS_MAX} times and is not there`)
    },

    addKey: insertKey,

    async keyById(id) {
      const [row] = await store.query<KeyRow & Tenant>(
        `SELECT ${SHOWN}, tenants.name AS name, currency, zone FROM api_keys
         INNER JOIN tenants ON tenants.name = api_keys.tenant ${BESIDE} WHERE api_keys.id = {id:String} LIMIT 1`,
        { id },
      )
      if (row === undefined) return undefined
      const { currency, name, zone } = row
      return { ...keyOf(row), owner: { name, currency, zone } }
    },

    async keys(tenant) {
      const where = tenant === undefined ? '' : 'WHERE api_keys.tenant = {tenant:String}'
      const sql = `SELECT ${SHOWN} FROM api_keys ${BESIDE} ${where} ORDER BY created_ms DESC, id`
      return (await store.query<KeyRow>(sql, tenant === undefined ? undefined : { tenant })).map(keyOf)
    },

    endKey: (id, kind, at_ms) => insertRows(store, 'api_key_ends', ENDS, [[id, kind, String(at_ms)]]),
    touchKey: (id, used_ms) => insertRows(store, 'api_key_uses', ['id', 'used_ms'], [[id, String(used_ms)]]),
    close: () => store.close(),
  }
}

/** An insert that died half-way may have left its token and no row; then the next one is tried. */
const TOKENS_MAX = 3

const KEYS = ['id', 'tenant', 'hash', 'scopes', 'created_ms']
const ENDS = ['id', 'kind', 'at_ms']

/** As the store gives them: 64-bit integers are texts. */
type KeyRow = Readonly<Record<'id' | 'tenant' | 'hash' | 'scopes' | 'created_ms', string>> &
  Readonly<Record<'expires_ms' | 'revoked_ms' | 'used_ms', string | null>>

const SHOWN =
  'api_keys.id AS id, api_keys.tenant AS tenant, hash, scopes, created_ms, ends.expires AS expires_ms, ends.revoked AS revoked_ms, uses.used AS used_ms'
/** Each side is one row per key, however often it was written. */
const BESIDE = `
  LEFT JOIN (SELECT id, minOrNullIf(at_ms, kind = 'expires') AS expires, minOrNullIf(at_ms, kind = 'revoked') AS revoked
             FROM api_key_ends GROUP BY id) AS ends ON ends.id = api_keys.id
  LEFT JOIN (SELECT id, max(used_ms) AS used FROM api_key_uses GROUP BY id) AS uses ON uses.id = api_keys.id`

function keyOf(row: KeyRow): StoredApiKey {
  const { created_ms, expires_ms, hash, id, revoked_ms, scopes, tenant, used_ms } = row
  return {
    ...{ id, tenant, hash, scopes, created_ms: Number(created_ms) },
    expires_ms: expires_ms === null ? null : Number(expires_ms),
    revoked_ms: revoked_ms === null ? null : Number(revoked_ms),
    used_ms: used_ms === null ? null : Number(used_ms),
  }
}
