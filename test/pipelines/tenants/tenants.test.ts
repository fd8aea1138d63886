import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedTenants } from '../../../pipelines/tenants/embedded-tenants.ts'
import { DEMO, openTenants } from '../../../pipelines/tenants/open.ts'
import type { Tenants } from '../../../pipelines/tenants/port.ts'
import type { TenantStore } from '../../../pipelines/tenants/tenant-store.ts'
import { makeTenants } from '../../../pipelines/tenants/tenants.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'

const acme = { name: 'acme', currency: 'EUR', zone: 'Europe/Berlin' }
let home: string
let tenants: Tenants

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'omnify-tenants-'))
  tenants = await openTenants({ kind: 'embedded', home })
})
afterEach(async () => {
  await tenants.close()
  rmSync(home, { recursive: true, force: true })
})

const read = (path: string) => readFileSync(join(home, path), 'utf8').trim()

describe('tenants', () => {
  it('has demo without set-up, its key in both places and readable by the owner only', async () => {
    expect(await tenants.list()).toEqual([DEMO])
    expect(read('key')).toBe(read('keys/demo'))
    expect(await tenants.authenticate(read('key'))).toMatchObject({ tenant: DEMO, scopes: ALL_SCOPES })
    for (const path of ['key', 'keys/demo']) expect(statSync(join(home, path)).mode & 0o777).toBe(0o600)
  })

  it('adds a tenant with a key that is written down and nowhere kept', async () => {
    const { key } = await tenants.add(acme)
    expect(key).toMatch(/^omk_[0-9A-Za-z]{10}_[0-9A-Za-z]{38}$/)
    expect(read('keys/acme')).toBe(key)
    expect(await tenants.get('acme')).toEqual(acme)
    expect(await tenants.list()).toEqual([acme, DEMO])
    expect(await tenants.authenticate(key)).toMatchObject({ tenant: acme })
    const state = readdirSync(home).filter((name) => name.startsWith('tenants.db'))
    for (const name of state) expect(readFileSync(join(home, name), 'latin1')).not.toContain(key.slice(16))
  })

  it('never touches an existing tenant or its key', async () => {
    const { key } = await tenants.add(acme)
    await expect(tenants.add({ ...acme, currency: 'USD' })).rejects.toMatchObject({ code: 'tenant_exists' })
    expect(read('keys/acme')).toBe(key)
    expect(await tenants.get('acme')).toEqual(acme)
  })

  it('keeps demo and its key over a restart', async () => {
    const before = read('key')
    await tenants.close()
    tenants = await openTenants({ kind: 'embedded', home })
    expect(read('key')).toBe(before)
    expect(await tenants.list()).toEqual([DEMO])
  })

  it('notices a tenant that another process adds', async () => {
    const other = await openTenants({ kind: 'embedded', home })
    const { key } = await other.add(acme)
    await other.close()
    expect(await tenants.get('acme')).toEqual(acme)
    expect(await tenants.authenticate(key)).toMatchObject({ tenant: acme })
  })

  it.each([
    [{ ...acme, name: '../etc' }, 'bad_tenant_name'],
    [{ ...acme, name: 'Acme' }, 'bad_tenant_name'],
    [{ ...acme, name: '' }, 'bad_tenant_name'],
    [{ ...acme, currency: 'EURO' }, 'bad_currency'],
    [{ ...acme, zone: 'Mars/Olympus' }, 'bad_time_zone'],
  ])('refuses %j', async (tenant, code) => {
    await expect(tenants.add(tenant)).rejects.toMatchObject({ code })
    expect(existsSync(join(home, 'keys', 'acme'))).toBe(false)
    expect(await tenants.list()).toEqual([DEMO])
  })
})

describe('authentication', () => {
  it('refuses what is no key, mistyped, or of an unknown id', async () => {
    const key = read('key')
    const swapped = key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    const elsewhere = mkdtempSync(join(tmpdir(), 'omnify-tenants-'))
    const others = await openTenants({ kind: 'embedded', home: elsewhere })
    const unknown = readFileSync(join(elsewhere, 'key'), 'utf8').trim()
    await others.close()
    rmSync(elsewhere, { recursive: true })
    for (const text of ['', 'omk_', swapped, unknown, key.toLowerCase(), `${key} `, `${key}x`, 'x'.repeat(100_000)]) {
      expect(await tenants.authenticate(text)).toBeUndefined()
    }
  })

  it('asks the store once in five seconds for a right key, and every time for a wrong one', async () => {
    let now_ms = 0
    let asked = 0
    const inner = openEmbeddedTenants(join(home, 'counted.db'))
    const store: TenantStore = {
      ...inner,
      keyById: async (id) => {
        asked += 1
        return inner.keyById(id)
      },
    }
    const counted = makeTenants({ store, home, pepper: Buffer.alloc(32), clock: () => now_ms })
    const { key } = await counted.add(acme)
    for (let n = 0; n < 3; n += 1) expect(await counted.authenticate(key)).toMatchObject({ tenant: acme })
    expect(asked).toBe(1)
    now_ms = 5_001
    expect(await counted.authenticate(key)).toMatchObject({ tenant: acme })
    expect(asked).toBe(2)
    for (let n = 0; n < 3; n += 1) expect(await counted.authenticate(read('key'))).toBeUndefined()
    expect(asked).toBe(5)
    await counted.close()
  })
})
