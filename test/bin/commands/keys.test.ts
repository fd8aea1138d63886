import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as erase } from '../../../bin/commands/erase.ts'
import { run as keys } from '../../../bin/commands/keys.ts'
import { run as tenants } from '../../../bin/commands/tenants.ts'
import { readConfig } from '../../../bin/config.ts'
import { openTenants } from '../../../pipelines/tenants/open.ts'
import { openVault } from '../../../pipelines/vault/open.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'omnify-keys-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

async function command(run: typeof tenants, args: string[], flags: Record<string, string>) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const config = readConfig({ env: { OMNIFY_HOME: home }, cwd: '/', projectDir: '/', isNewHome: () => false })
  const code = await run({ config, args, flags, stdin, stdout, stderr, env: {}, signal: new AbortController().signal })
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

const vaultOf = (home: string) => openVault({ key_file: join(home, 'master.key'), keys: { kind: 'embedded', home } })

describe('omnify tenants', () => {
  it('adds a tenant, prints its key, and lists it beside demo', async () => {
    // As the engine would be: up, with the same home.
    const engine = await openTenants({ kind: 'embedded', home })
    const added = await command(tenants, ['add', 'acme'], { currency: 'EUR', zone: 'Europe/Berlin' })
    expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/^omk_\S+\n$/) })
    expect(readFileSync(join(home, 'keys', 'acme'), 'utf8')).toBe(added.out)
    expect(statSync(join(home, 'keys', 'acme')).mode & 0o777).toBe(0o600)
    expect(await engine.authenticate(added.out.trim())).toMatchObject({ tenant: { name: 'acme', currency: 'EUR' } })
    await engine.close()
    const listed = await command(tenants, ['list'], {})
    expect(listed.out).toBe('acme\tEUR\tEurope/Berlin\ndemo\tUSD\tUTC\n')
  })

  it.each([
    [['add'], { currency: 'EUR', zone: 'UTC' }, /name of the tenant/],
    [['add', 'acme'], { zone: 'UTC' }, /--currency/],
    [['add', 'acme'], { currency: 'EUR' }, /--zone/],
    [['add', 'Acme!'], { currency: 'EUR', zone: 'UTC' }, /no tenant name/],
    [['add', 'acme'], { currency: 'EURO', zone: 'UTC' }, /currency/],
    [['add', 'acme'], { currency: 'EUR', zone: 'Mars' }, /time zone/],
    [['list', 'acme'], {}, /unexpected/],
  ])('tells wrong use: %j %j', async (args, flags, message) => {
    const result = command(tenants, args, flags)
    await expect(result).rejects.toMatchObject({ name: 'UsageError', message: expect.stringMatching(message) })
  })

  it('does not add a tenant twice', async () => {
    await command(tenants, ['add', 'acme'], { currency: 'EUR', zone: 'UTC' })
    await expect(command(tenants, ['add', 'acme'], { currency: 'EUR', zone: 'UTC' })).rejects.toThrow(/exists already/)
  })
})

describe('omnify keys', () => {
  it('creates, lists, rotates and revokes', async () => {
    const made = await command(keys, ['create'], { tenant: 'demo', scopes: 'sql:read, metrics:read', expires: '90d' })
    const id = made.out.split('_')[1]!
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^omk_\w{10}_\w{38}\n$/) })
    expect(made.err).toContain('shown this once')
    const [row] = (await command(keys, ['list'], { tenant: 'demo' })).out
      .split('\n')
      .filter((line) => line.startsWith(id))
    expect(row!.split('\t').slice(0, 4)).toEqual([id, 'demo', 'live', 'sql:read,metrics:read'])
    const next = await command(keys, ['rotate', id], { grace: '0s' })
    await command(keys, ['revoke', next.out.split('_')[1]!], {})
    const states = (await command(keys, ['list'], {})).out
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[2])
    expect(states.toSorted()).toEqual(['expired', 'live', 'revoked'])
    const engine = await openTenants({ kind: 'embedded', home })
    expect(await engine.authenticate(made.out.trim())).toBeUndefined()
    expect(await engine.authenticate(next.out.trim())).toBeUndefined()
    await engine.close()
  })

  it.each([
    [['create'], {}, /--tenant/],
    [['create'], { tenant: 'demo', scopes: 'all' }, /no scope.*events:write/],
    [['create'], { tenant: 'demo', expires: 'soon' }, /--expires/],
    [['create'], { tenant: 'demo', expires: '0d' }, /--expires must be longer/],
    [['create', 'x'], { tenant: 'demo' }, /unexpected/],
    [['create'], { tenant: 'nobody' }, /no tenant nobody/],
    [['rotate'], {}, /id of the key/],
  ])('tells wrong use: %j %j', async (args, flags, message) => {
    const result = command(keys, args, flags as Record<string, string>)
    await expect(result).rejects.toMatchObject({ name: 'UsageError', message: expect.stringMatching(message) })
  })

  it('knows no tenant that is not there: no list, and not wrong use either', async () => {
    const listed = command(keys, ['list'], { tenant: 'nope' })
    await expect(listed).rejects.toMatchObject({ name: 'Error', message: 'there is no tenant nope' })
  })

  it('knows no key that is not there', async () => {
    await expect(command(keys, ['revoke', 'x'], {})).rejects.toMatchObject({ code: 'unknown_key' })
  })
})

describe('omnify erase', () => {
  it('makes the data of a subject unreadable, for the engine that is up too', async () => {
    const engine = await vaultOf(home)
    const [ann, bob] = await engine.seal('demo', [
      { subject: 'c1', personal: { email: 'ann@example.com' } },
      { subject: 'c2', personal: { email: 'bob@example.com' } },
    ])
    const erased = await command(erase, [], { tenant: 'demo', subject: 'ann@example.com' })
    expect([erased.code, JSON.parse(erased.out)]).toEqual([0, { keys_destroyed: 1 }])
    expect(await engine.open('demo', ann!.blob)).toBe('erased')
    expect(await engine.open('demo', bob!.blob)).toEqual({ email: 'bob@example.com' })
    await engine.close()
  })

  it('says when nothing was kept, and knows no unknown tenant', async () => {
    const nothing = await command(erase, [], { tenant: 'demo', subject: 'nobody' })
    expect(nothing).toMatchObject({ code: 0, out: '{"keys_destroyed":0}\n', err: expect.stringMatching(/no personal/) })
    await expect(command(erase, [], { tenant: 'lost', subject: 'x' })).rejects.toThrow(/no tenant lost/)
    await expect(command(erase, [], { tenant: 'demo' })).rejects.toMatchObject({ name: 'UsageError' })
  })
})
