import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import { newApiKey } from '../../../pipelines/tenants/api-key.ts'
import { openEmbeddedTenants } from '../../../pipelines/tenants/embedded-tenants.ts'
import { openTenants } from '../../../pipelines/tenants/open.ts'
import type { Tenants } from '../../../pipelines/tenants/port.ts'
import { makeTenants } from '../../../pipelines/tenants/tenants.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'

const acme = { name: 'acme', currency: 'EUR', zone: 'UTC' }
const HOUR_MS = 3_600_000
let home: string
let now_ms: number
let tenants: Tenants

const open = () =>
  makeTenants({
    store: openEmbeddedTenants(join(home, 'tenants.db')),
    home,
    pepper: Buffer.alloc(32, 1),
    clock: () => now_ms,
  })
/** Past what is remembered of a key. */
function later(ms = 5_001): void {
  now_ms += ms
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'omnify-keys-'))
  now_ms = 1_000_000
  tenants = open()
  await tenants.add(acme)
})
afterEach(async () => {
  await tenants.close()
  rmSync(home, { recursive: true, force: true })
})

describe('API keys', () => {
  it('have scopes and an end, and show when they were used', async () => {
    const { id, key } = await tenants.keys.create('acme', ['sql:read', 'metrics:read'], now_ms + HOUR_MS)
    expect(key).toContain(id)
    expect(await tenants.authenticate(key)).toEqual({ tenant: acme, key_id: id, scopes: ['sql:read', 'metrics:read'] })
    const first = { id, tenant: 'acme', scopes: ['sql:read', 'metrics:read'], created_ms: 1_000_000 }
    expect((await tenants.keys.list('acme')).find((k) => k.id === id)).toEqual({
      ...first,
      expires_ms: 4_600_000,
      revoked_ms: null,
      used_ms: 1_000_000,
    })
    later(59_000)
    await tenants.authenticate(key)
    expect((await tenants.keys.list('acme')).find((k) => k.id === id)!.used_ms).toBe(1_000_000)
    later(6_000)
    await tenants.authenticate(key)
    expect((await tenants.keys.list('acme')).find((k) => k.id === id)!.used_ms).toBe(1_065_000)
    now_ms = 4_599_999
    expect(await tenants.authenticate(key)).toBeDefined()
    // Not even what is remembered outlives it.
    now_ms = 4_600_000
    expect(await tenants.authenticate(key)).toBeUndefined()
  })

  it('are revoked within five seconds, for ever', async () => {
    const { id, key } = await tenants.keys.create('acme', ALL_SCOPES)
    expect(await tenants.authenticate(key)).toBeDefined()
    await tenants.keys.revoke(id)
    later()
    expect(await tenants.authenticate(key)).toBeUndefined()
    await expect(tenants.keys.rotate(id, HOUR_MS)).rejects.toMatchObject({ code: 'unknown_key' })
    await expect(tenants.keys.revoke('nothing')).rejects.toMatchObject({ code: 'unknown_key' })
    await expect(tenants.keys.create('nobody', ALL_SCOPES)).rejects.toMatchObject({ code: 'unknown_tenant' })
  })

  it('are rotated: both work for a while, and the file has the new one', async () => {
    const old = readFileSync(join(home, 'keys', 'acme'), 'utf8').trim()
    const { id } = (await tenants.keys.list('acme'))[0]!
    const next = await tenants.keys.rotate(id, HOUR_MS)
    expect(readFileSync(join(home, 'keys', 'acme'), 'utf8').trim()).toBe(next.key)
    later(HOUR_MS - 1)
    expect(await tenants.authenticate(old)).toMatchObject({ key_id: id })
    expect(await tenants.authenticate(next.key)).toMatchObject({ key_id: next.id, scopes: ALL_SCOPES })
    later()
    expect(await tenants.authenticate(old)).toBeUndefined()
    expect(await tenants.authenticate(next.key)).toBeDefined()
  })

  it('never live longer for being rotated, nor does their successor', async () => {
    const { id, key } = await tenants.keys.create('acme', ['sql:read'], now_ms + HOUR_MS)
    const next = await tenants.keys.rotate(id, 10 * HOUR_MS)
    now_ms += HOUR_MS
    expect(await tenants.authenticate(key)).toBeUndefined()
    expect(await tenants.authenticate(next.key)).toBeUndefined()
  })

  it('leave nothing on the disk that opens anything, nor a plain hash', async () => {
    const { key } = await tenants.keys.create('acme', ALL_SCOPES)
    const sha = createHash('sha256').update(key).digest('hex')
    const files = readdirSync(home).filter((name) => name.startsWith('tenants.db'))
    const bytes = files.map((name) => readFileSync(join(home, name), 'latin1')).join('')
    expect(bytes).toContain('hmac1:')
    expect(bytes).not.toContain(key.slice(16))
    expect(bytes).not.toContain(sha)
  })

  it('from before scopes go on working, with all of them', async () => {
    const older = mkdtempSync(join(tmpdir(), 'omnify-keys-'))
    const { id, text } = newApiKey(systemRandomBytes)
    const db = new DatabaseSync(join(older, 'tenants.db'))
    db.exec(`CREATE TABLE tenants (name TEXT PRIMARY KEY, currency TEXT NOT NULL, zone TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE api_keys (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID;
      INSERT INTO tenants VALUES ('demo', 'USD', 'UTC');
      INSERT INTO api_keys VALUES ('${id}', 'demo', '${createHash('sha256').update(text).digest('hex')}');
      PRAGMA user_version = 1`)
    db.close()
    const opened = await openTenants({ kind: 'embedded', home: older })
    expect(await opened.authenticate(text)).toMatchObject({ tenant: { name: 'demo' }, scopes: ALL_SCOPES })
    const next = await opened.keys.rotate(id, 0)
    expect(await opened.authenticate(next.key)).toMatchObject({ key_id: next.id, scopes: ALL_SCOPES })
    await opened.close()
    rmSync(older, { recursive: true })
  })
})
