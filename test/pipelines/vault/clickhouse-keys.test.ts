import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { openVault, type VaultOptions } from '../../../pipelines/vault/open.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const ann = { email: 'Ann@Example.com', phone: '+49 151 234567', name: 'Ann Example' }
let home: string
let options: VaultOptions
let vault: Vault
let tenants = 0
let tenant: string

beforeAll(async () => {
  await migrate(test.store, 'schemas/migrations')
  home = mkdtempSync(join(tmpdir(), 'omnify-vault-'))
  options = { key_file: join(home, 'kek'), keys: { kind: 'clickhouse', store: test.access } }
  vault = await openVault(options)
})
afterAll(async () => {
  await vault.close()
  rmSync(home, { recursive: true, force: true })
})

function newTenant(): string {
  tenants += 1
  tenant = `tenant-${tenants}`
  return tenant
}

describe('keys in ClickHouse', () => {
  it('are the same for all processes, however they race', async () => {
    newTenant()
    const vaults = await Promise.all(Array.from({ length: 4 }, () => openVault(options)))
    const sealed = await Promise.all(vaults.map((each) => each.seal(tenant, [{ subject: 'c1', personal: ann }])))
    expect(new Set(sealed.map(([one]) => one!.email_hmac)).size).toBe(1)
    for (const each of vaults) for (const [one] of sealed) expect(await each.open(tenant, one!.blob)).toEqual(ann)
    const keys = new Set(sealed.map(([one]) => one!.blob.slice(0, 17))).size
    expect(await vault.erase(tenant, 'c1')).toEqual({ keys_destroyed: keys })
    for (const [one] of sealed) expect(await vault.open(tenant, one!.blob)).toBe('erased')
    for (const each of vaults) await each.close()
  })

  it('seals many subjects at once, and again from memory', async () => {
    newTenant()
    const items = Array.from({ length: 6_000 }, (_, n) => ({ subject: `c${n}`, personal: { name: `n${n}` } }))
    const first = await vault.seal(tenant, items)
    const second = await vault.seal(tenant, items)
    for (const at of [0, 1, 5_999]) {
      expect(await vault.open(tenant, first[at]!.blob)).toEqual(items[at]!.personal)
      expect(second[at]!.blob.slice(0, 17)).toBe(first[at]!.blob.slice(0, 17))
    }
  })

  it('are destroyed by e-mail, and nobody else is', async () => {
    newTenant()
    const [a, b] = await vault.seal(tenant, [
      { subject: 'c1', personal: ann },
      { subject: 'c2', personal: { name: 'Bob' } },
    ])
    const other = await vault.seal('elsewhere', [{ subject: 'c1', personal: ann }])
    expect(await vault.erase(tenant, 'ann@example.com ')).toEqual({ keys_destroyed: 1 })
    expect(await vault.open(tenant, a!.blob)).toBe('erased')
    expect(await vault.open(tenant, b!.blob)).toEqual({ name: 'Bob' })
    expect(await vault.open('elsewhere', other[0]!.blob)).toEqual(ann)
    expect(await vault.erase(tenant, 'ann@example.com')).toEqual({ keys_destroyed: 0 })
    const [again] = await vault.seal(tenant, [{ subject: 'c1', personal: ann }])
    expect(await vault.open(tenant, again!.blob)).toEqual(ann)
  })

  it.skipIf(test.is_remote)('leave the disk of the store when they are destroyed', async () => {
    newTenant()
    await vault.seal(tenant, [{ subject: 'c1', personal: ann }])
    const [row] = await test.store.query<{ wrapped: string }>(
      'SELECT wrapped FROM subject_keys WHERE tenant = {tenant:String}',
      { tenant },
    )
    const [table] = await test.store.query<{ data_paths: string[] }>(
      `SELECT data_paths FROM system.tables WHERE database = currentDatabase() AND name = 'subject_keys'`,
    )
    const dir = table!.data_paths[0]!
    expect(onDisk(dir, row!.wrapped)).toBe(true)
    await vault.erase(tenant, 'c1')
    await expect.poll(() => onDisk(dir, row!.wrapped)).toBe(false)
  })

  it('refuse another key file', async () => {
    const wrong = { ...options, key_file: join(home, 'other') }
    await expect(openVault(wrong)).rejects.toMatchObject({ code: 'key_file_missing' })
  })
})

function onDisk(dir: string, text: string): boolean {
  // The engine removes parts while we look.
  const unlessGone = <T>(look: () => T, gone: T): T => {
    try {
      return look()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone
      throw error
    }
  }
  return unlessGone(() => readdirSync(dir, { withFileTypes: true }), []).some((entry) => {
    const path = join(dir, entry.name)
    return entry.isDirectory()
      ? onDisk(path, text)
      : unlessGone(() => readFileSync(path, 'latin1').includes(text), false)
  })
}
