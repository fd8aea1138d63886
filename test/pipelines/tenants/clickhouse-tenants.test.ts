import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { openTenants } from '../../../pipelines/tenants/open.ts'
import type { Tenants } from '../../../pipelines/tenants/port.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const acme = { name: 'acme', currency: 'EUR', zone: 'Europe/Berlin' }
let home: string
let tenants: Tenants

beforeAll(async () => {
  await migrate(test.store, 'schemas/migrations')
  home = mkdtempSync(join(tmpdir(), 'omnify-tenants-'))
  tenants = await openTenants({ kind: 'clickhouse', store: test.access, home })
})
afterAll(async () => {
  await tenants.close()
  rmSync(home, { recursive: true, force: true })
})

describe('tenants in ClickHouse', () => {
  it('has none without set-up, and adds one with its key', async () => {
    expect(await tenants.list()).toEqual([])
    const { key } = await tenants.add(acme)
    expect(readFileSync(join(home, 'keys', 'acme'), 'utf8').trim()).toBe(key)
    expect(await tenants.list()).toEqual([acme])
    expect(await tenants.get('acme')).toEqual(acme)
    expect(await tenants.get('nobody')).toBeUndefined()
    await expect(tenants.add(acme)).rejects.toMatchObject({ code: 'tenant_exists' })
  })

  it('knows keys that another machine made, and no others', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'omnify-tenants-'))
    // As the vault needs it: the key file lies on every machine.
    const key_file = join(home, 'master.key')
    const other = await openTenants({ kind: 'clickhouse', store: test.access, home: elsewhere, key_file })
    const { key } = await other.add({ ...acme, name: 'beta' })
    expect(await tenants.authenticate(key)).toMatchObject({ tenant: { ...acme, name: 'beta' } })
    expect(await tenants.authenticate(key.replace(/.$/, 'x'))).toBeUndefined()
    await other.close()
    rmSync(elsewhere, { recursive: true })
  })

  it('says so when a machine has another key file, or none', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'omnify-tenants-'))
    const options = { kind: 'clickhouse', store: test.access, home: elsewhere } as const
    await expect(openTenants(options)).rejects.toMatchObject({ code: 'key_file_missing' })
    writeFileSync(join(elsewhere, 'master.key'), Buffer.alloc(32), { mode: 0o600 })
    await expect(openTenants(options)).rejects.toMatchObject({ code: 'wrong_key_file' })
    rmSync(elsewhere, { recursive: true })
  })

  it('keeps scopes, ends and uses of keys', async () => {
    const { id, key } = await tenants.keys.create('acme', ['sql:read'], Date.UTC(2100, 0, 1))
    expect(await tenants.authenticate(key)).toMatchObject({ key_id: id, scopes: ['sql:read'], tenant: acme })
    const next = await tenants.keys.rotate(id, 3_600_000)
    expect(await tenants.authenticate(next.key)).toMatchObject({ scopes: ['sql:read'] })
    await tenants.keys.revoke(next.id)
    await expect
      .poll(async () => (await tenants.keys.list('acme')).find((k) => k.id === next.id)?.used_ms)
      .toBeGreaterThan(0)
    const listed = await tenants.keys.list('acme')
    expect(listed).toHaveLength(3)
    expect(listed.find((k) => k.id === id)).toMatchObject({ revoked_ms: null, tenant: 'acme' })
    expect(listed.find((k) => k.id === id)!.expires_ms).toBeLessThan(Date.UTC(2099, 0, 1))
    expect(listed.find((k) => k.id === next.id)).toMatchObject({
      scopes: ['sql:read'],
      expires_ms: Date.UTC(2100, 0, 1),
    })
    expect(listed.find((k) => k.id === next.id)!.revoked_ms).toBeGreaterThan(0)
    const elsewhere = await openTenants({ kind: 'clickhouse', store: test.access, home })
    expect(await elsewhere.authenticate(next.key)).toBeUndefined()
    expect(await elsewhere.authenticate(key)).toMatchObject({ key_id: id })
    await elsewhere.close()
  })

  it('lets one in when several add the same at once', async () => {
    const gamma = { ...acme, name: 'gamma' }
    const results = await Promise.allSettled([1, 2, 3].map(() => tenants.add(gamma)))
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
    const rows = await test.store.query("SELECT name FROM tenants WHERE name = 'gamma'")
    expect(rows).toHaveLength(1)
  })
})
