import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openVault, type VaultOptions } from '../../../pipelines/vault/open.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'

const ann = {
  email: 'Ann@Example.com',
  phone: '+49 151 234567',
  name: 'Ann Example',
  address: 'Am Markt 1',
  ip: '10.1.2.3',
}
let home: string
let options: VaultOptions
let vault: Vault

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'omnify-vault-'))
  options = { key_file: join(home, 'kek'), keys: { kind: 'embedded', home } }
  vault = await openVault(options)
})
afterEach(async () => {
  await vault.close()
  rmSync(home, { recursive: true, force: true })
})

describe('sealing', () => {
  it('opens what it sealed, any text in any field', async () => {
    const field = fc.option(fc.string({ maxLength: 40 }), { nil: undefined })
    const person = fc.record({ email: field, phone: field, name: field, address: field, ip: field })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string({ minLength: 1 }), person), { maxLength: 8 }), async (people) => {
        const sealed = await vault.seal(
          'demo',
          people.map(([subject, personal]) => ({ subject, personal })),
        )
        for (const [at, [, personal]] of people.entries()) {
          expect(await vault.open('demo', sealed[at]!.blob)).toEqual(JSON.parse(JSON.stringify(personal)))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('never writes the same blob twice, and always the same hashes', async () => {
    const [a, b] = await vault.seal('demo', [
      { subject: 'c1', personal: ann },
      { subject: 'c1', personal: Object.fromEntries(Object.entries(ann).reverse()) },
    ])
    expect(a!.blob).not.toBe(b!.blob)
    expect({ ...a, blob: '' }).toEqual({ ...b, blob: '' })
    expect(a!.email_hmac).toBe(await vault.hmac('demo', 'email', ' ann@EXAMPLE.com '))
    expect(a!.phone_hmac).toBe(await vault.hmac('demo', 'phone', '+49151234567'))
    expect(a!.hmac).toMatch(/^[0-9a-f]{32}$/)
  })

  it('leaves out the hash of what is not there', async () => {
    const [sealed] = await vault.seal('demo', [{ subject: 'c1', personal: { name: 'Ann', phone: 'n/a', email: null } }])
    expect(Object.keys(sealed!).sort()).toEqual(['blob', 'hmac'])
  })

  it('hashes differently for every tenant, so that tenants cannot be joined', async () => {
    expect(await vault.hmac('demo', 'email', 'a@b.c')).not.toBe(await vault.hmac('other', 'email', 'a@b.c'))
    expect(await vault.hmac('demo', 'email', '123456')).not.toBe(await vault.hmac('demo', 'phone', '123456'))
  })

  it('refuses a blob of another tenant, a changed one, and what is none', async () => {
    const [sealed] = await vault.seal('demo', [{ subject: 'c1', personal: ann }])
    await vault.seal('other', [{ subject: 'c1', personal: ann }])
    const bytes = Buffer.from(sealed!.blob, 'base64url')
    bytes[bytes.length - 1]! ^= 1
    await expect(vault.open('demo', bytes.toString('base64url'))).rejects.toMatchObject({ code: 'decryption_failed' })
    await expect(vault.open('demo', 'AAAA')).rejects.toMatchObject({ code: 'decryption_failed' })
    await expect(vault.open('nobody', sealed!.blob)).rejects.toMatchObject({ code: 'decryption_failed' })
    // Key ids are looked up within the tenant: elsewhere the key does not exist.
    expect(await vault.open('other', sealed!.blob)).toBe('erased')
  })

  it('seals raw bytes under the tenant, not to be opened by another', async () => {
    const sealed = await vault.sealRaw('demo', '{"email":"ann@example.com"')
    expect(await vault.openRaw('demo', sealed)).toBe('{"email":"ann@example.com"')
    await vault.sealRaw('other', 'x')
    await expect(vault.openRaw('other', sealed)).rejects.toMatchObject({ code: 'decryption_failed' })
    await expect(vault.openRaw('demo', 'AgAA')).rejects.toMatchObject({ code: 'decryption_failed' })
  })

  it('opens after a restart, and keeps to one key per subject', async () => {
    const [first] = await vault.seal('demo', [{ subject: 'c1', personal: ann }])
    await vault.close()
    vault = await openVault(options)
    const [second] = await vault.seal('demo', [{ subject: 'c1', personal: ann }])
    expect(await vault.open('demo', first!.blob)).toEqual(ann)
    expect(second!.blob.slice(0, 17)).toBe(first!.blob.slice(0, 17))
    expect(second!.hmac).toBe(first!.hmac)
  })

  it('seals a batch of more subjects than it keeps in memory', async () => {
    await vault.close()
    vault = await openVault({ ...options, subjects_cached_max: 10 })
    const items = Array.from({ length: 500 }, (_, n) => ({ subject: `c${n % 100}`, personal: { name: `n${n}` } }))
    const sealed = await vault.seal('demo', items)
    for (const at of [0, 99, 100, 499]) expect(await vault.open('demo', sealed[at]!.blob)).toEqual(items[at]!.personal)
    expect((await vault.erase('demo', 'c7')).keys_destroyed).toBe(1)
  })

  it('works from several threads on one home, without losing a key', async () => {
    const code = `
      const { workerData, parentPort } = require('node:worker_threads')
      import(workerData.module).then(async ({ openVault }) => {
        const vault = await openVault(workerData.options)
        const blobs = []
        for (let n = 0; n < 40; n++) {
          const [sealed] = await vault.seal('demo', [{ subject: 'c' + n, personal: { name: 'n' + n } }])
          blobs.push(sealed.blob)
        }
        await vault.close()
        parentPort.postMessage(blobs)
      })`
    const module = new URL('../../../pipelines/vault/open.ts', import.meta.url).href
    const results = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<string[]>((resolve, reject) => {
            const worker = new Worker(code, { eval: true, workerData: { module, options } })
            worker.once('message', resolve)
            worker.once('error', reject)
          }),
      ),
    )
    for (const blobs of results) {
      for (const [n, blob] of blobs.entries()) expect(await vault.open('demo', blob)).toEqual({ name: `n${n}` })
    }
  })
})

describe('erasing', () => {
  it('makes a subject unreadable, and nobody else', async () => {
    const [a, b] = await vault.seal('demo', [
      { subject: 'c1', personal: ann },
      { subject: 'c2', personal: { name: 'Bob' } },
    ])
    expect(await vault.erase('demo', 'c1')).toEqual({ keys_destroyed: 1 })
    expect(await vault.open('demo', a!.blob)).toBe('erased')
    expect(await vault.open('demo', b!.blob)).toEqual({ name: 'Bob' })
    expect(await vault.erase('demo', 'c1')).toEqual({ keys_destroyed: 0 })
    expect(await vault.erase('nobody', 'c1')).toEqual({ keys_destroyed: 0 })
  })

  it.each([
    ['e-mail in another spelling', ' ANN@example.com '],
    ['phone in another spelling', '+49-151 234 567'],
  ])('finds every subject of an %s', async (_, subject) => {
    const [first] = await vault.seal('demo', [{ subject: 'c1', personal: ann }])
    const [guest] = await vault.seal('demo', [{ subject: 'Ann@Example.com', personal: ann }])
    const [other] = await vault.seal('demo', [{ subject: 'c3', personal: { email: 'x@example.com' } }])
    expect(await vault.erase('demo', subject)).toEqual({ keys_destroyed: 2 })
    expect(await vault.open('demo', first!.blob)).toBe('erased')
    expect(await vault.open('demo', guest!.blob)).toBe('erased')
    expect(await vault.open('demo', other!.blob)).toEqual({ email: 'x@example.com' })
  })

  it('finds a subject by an address that it had later', async () => {
    const [first] = await vault.seal('demo', [{ subject: 'c1', personal: { email: 'old@example.com' } }])
    await vault.seal('demo', [{ subject: 'c1', personal: { email: 'new@example.com' } }])
    expect(await vault.erase('demo', 'new@example.com')).toEqual({ keys_destroyed: 1 })
    expect(await vault.open('demo', first!.blob)).toBe('erased')
  })

  it('never takes the digits of an id for a phone', async () => {
    await vault.seal('demo', [{ subject: 'c1', personal: { phone: '+49151234567' } }])
    expect(await vault.erase('demo', '49151234567')).toEqual({ keys_destroyed: 0 })
  })

  it('gives a subject that comes back a new key, also where the old one is in memory', async () => {
    const other = await openVault(options)
    const [old] = await other.seal('demo', [{ subject: 'c1', personal: ann }])
    await vault.erase('demo', 'c1')
    const [later] = await other.seal('demo', [{ subject: 'c1', personal: { name: 'Ann again' } }])
    expect(await other.open('demo', old!.blob)).toBe('erased')
    expect(await other.open('demo', later!.blob)).toEqual({ name: 'Ann again' })
    await other.close()
  })

  it('leaves nothing of the key on the disk, although another process has the file open', async () => {
    const other = await openVault(options)
    await other.seal('demo', [{ subject: 'c0', personal: ann }])
    await vault.seal('demo', [{ subject: 'c1', personal: { name: 'x' } }])
    const db = new DatabaseSync(join(home, 'vault', 'keys.db'), { readOnly: true })
    const wrapped = db.prepare('SELECT wrapped FROM subject_keys').all() as { wrapped: string }[]
    db.close()
    expect(wrapped).toHaveLength(2)
    const left = () => wrapped.filter((row) => everyByte(home).includes(row.wrapped))
    expect(left()).toHaveLength(2)
    expect((await vault.erase('demo', 'c1')).keys_destroyed).toBe(1)
    expect(left()).toHaveLength(1)
    await other.close()
  })
})

describe('the key file', () => {
  it('is 32 bytes that only the owner may read, and no plain text lies beside it', async () => {
    expect(readFileSync(options.key_file)).toHaveLength(32)
    expect(statSync(options.key_file).mode & 0o777).toBe(0o600)
    expect(readdirSync(home).sort()).toEqual(['kek', 'vault'])
    await vault.seal('demo', [{ subject: 'customer-77', personal: ann }])
    const bytes = everyByte(home)
    for (const text of [ann.email, 'ann@example.com', ann.name, ann.ip, 'customer-77'])
      expect(bytes).not.toContain(text)
  })

  it('is one, whoever starts first', async () => {
    const fresh = mkdtempSync(join(tmpdir(), 'omnify-vault-'))
    const same: VaultOptions = { key_file: join(fresh, 'deep', 'kek'), keys: { kind: 'embedded', home: fresh } }
    const vaults = await Promise.all([openVault(same), openVault(same), openVault(same)])
    const sealed = await Promise.all(vaults.map((each) => each.seal('demo', [{ subject: 'c', personal: ann }])))
    for (const each of vaults) for (const [one] of sealed) expect(await each.open('demo', one!.blob)).toEqual(ann)
    for (const each of vaults) await each.close()
    rmSync(fresh, { recursive: true })
  })

  it.each([
    ['of the wrong size', () => writeFileSync(options.key_file, 'short'), 'key_file_invalid', /5 bytes/],
    ['that others may read', () => chmodSync(options.key_file, 0o640), 'key_file_invalid', /chmod 600/],
    ['that is gone', () => rmSync(options.key_file), 'key_file_missing', /missing/],
    ['of another home', () => writeFileSync(options.key_file, Buffer.alloc(32, 7)), 'key_file_wrong', /not the one/],
  ])('refuses to start with one %s', async (_, spoil, code, message) => {
    await vault.seal('demo', [{ subject: 'c1', personal: ann }])
    spoil()
    const opening = openVault(options)
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('refuses keys that a newer version wrote', async () => {
    const db = new DatabaseSync(join(home, 'vault', 'keys.db'))
    db.exec('PRAGMA user_version = 99')
    db.close()
    await expect(openVault(options)).rejects.toMatchObject({ code: 'format_too_new' })
  })
})

function everyByte(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}
