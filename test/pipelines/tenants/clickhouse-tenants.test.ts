import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
    const other = await openTenants({ kind: 'clickhouse', store: test.access, home: elsewhere })
    const { key } = await other.add({ ...acme, name: 'beta' })
    expect(await tenants.authenticate(key)).toEqual({ ...acme, name: 'beta' })
    expect(await tenants.authenticate(key.replace(/.$/, 'x'))).toBeUndefined()
    await other.close()
    rmSync(elsewhere, { recursive: true })
  })

  it('lets one in when several add the same at once', async () => {
    const gamma = { ...acme, name: 'gamma' }
    const results = await Promise.allSettled([1, 2, 3].map(() => tenants.add(gamma)))
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
    const rows = await test.store.query("SELECT name FROM tenants WHERE name = 'gamma'")
    expect(rows).toHaveLength(1)
  })
})
