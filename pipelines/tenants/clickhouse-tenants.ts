import type { Store } from '../store/client.ts'
import { insertRows } from '../store/insert-rows.ts'
import type { Tenant } from './port.ts'
import type { TenantStore } from './tenant-store.ts'

/** Tenants in ClickHouse, for processes on many machines. Closing it closes the store's client. */
export function openClickHouseTenants(store: Store): TenantStore {
  async function get(name: string): Promise<Tenant | undefined> {
    const sql = 'SELECT name, currency, zone FROM tenants WHERE name = {name:String} LIMIT 1'
    return (await store.query<Tenant>(sql, { name }))[0]
  }

  return {
    get,
    list: () => store.query<Tenant>('SELECT name, currency, zone FROM tenants ORDER BY name LIMIT 1 BY name'),

    // The key first: when two add the same tenant at once, both keys open the one tenant that the token let in.
    async add({ name, currency, zone }, key, beforeCommit) {
      if ((await get(name)) !== undefined) return false
      beforeCommit()
      await insertRows(store, 'api_keys', ['id', 'tenant', 'hash'], [[key.id, name, key.hash]])
      for (let attempt = 0; attempt < TOKENS_MAX; attempt += 1) {
        const token = `tenant:${name}:${attempt}`
        await insertRows(store, 'tenants', ['name', 'currency', 'zone'], [[name, currency, zone]], { token })
        if ((await get(name)) !== undefined) return true
      }
      throw new Error(`tenant ${name} was inserted ${TOKENS_MAX} times and is not there`)
    },

    async keyById(id) {
      const rows = await store.query<Tenant & { hash: string }>(
        `SELECT hash, name, currency, zone FROM api_keys INNER JOIN tenants ON tenants.name = api_keys.tenant
         WHERE api_keys.id = {id:String} LIMIT 1`,
        { id },
      )
      const row = rows[0]
      if (row === undefined) return undefined
      const { hash, ...tenant } = row
      return { hash, tenant }
    },
    close: () => store.close(),
  }
}

/** An insert that died half-way may have left its token and no row; then the next one is tried. */
const TOKENS_MAX = 3
