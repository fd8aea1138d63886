import { createHmac } from 'node:crypto'
import { type JWK, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Tenants } from '../../../../pipelines/tenants/port.ts'
import { acceptTokens } from '../../../../pipelines/tenants/tokens/accept.ts'
import type { TokenOptions } from '../../../../pipelines/tenants/tokens/options.ts'
import { AUDIENCE, ISSUER, type Issuer, openIssuer, type SigningKey, sign, signingKey } from './issuer.ts'

const acme = { name: 'acme', currency: 'USD', zone: 'UTC' }
const START_MS = Date.UTC(2026, 0, 15)
const HOUR_MS = 3_600_000
let now_ms = START_MS
/** Time that passes by itself, for waits, and by `later`. */
let skipped_ms = 0
let issuer: Issuer
let key: SigningKey
let troubles: string[]

beforeEach(async () => {
  now_ms = START_MS
  skipped_ms = 0
  troubles = []
  issuer = await openIssuer()
  key = await signingKey('k1')
  issuer.publish([key.jwk])
})
afterEach(() => issuer.close())

function open(more: Partial<TokenOptions> = {}): Tenants {
  const base = {
    get: async (name: string) => (name === 'acme' ? acme : undefined),
    authenticate: async (text: string) =>
      text === 'omk_key' ? { tenant: acme, key_id: 'k', scopes: ['sql:read'] as const } : undefined,
  } as Tenants
  const options: TokenOptions = {
    jwks_url: issuer.url,
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256', 'RS256', 'EdDSA'],
    tenant_claim: 'tenant',
    scopes_claim: 'scope',
    ...more,
  }
  return acceptTokens(base, options, {
    clock: () => now_ms,
    steady: () => performance.now() + skipped_ms,
    onTrouble: (text) => troubles.push(text),
  })
}

function later(ms: number): void {
  now_ms += ms
  skipped_ms += ms
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a token', () => {
  it('opens what its claims say, beside API keys', async () => {
    const tenants = open()
    const token = await sign(key, now_ms, { scope: 'metrics:read sql:read other:write sql:read' })
    expect(await tenants.authenticate(token)).toEqual({
      tenant: acme,
      key_id: 'token',
      scopes: ['metrics:read', 'sql:read'],
    })
    expect(await tenants.authenticate('omk_key')).toMatchObject({ key_id: 'k' })
    expect(await tenants.authenticate('omk_wrong')).toBeUndefined()
  })

  it.each(['RS256', 'EdDSA'])('may be signed with %s, and its scopes be a list under another name', async (alg) => {
    const other = await signingKey('k2', alg)
    issuer.publish([other.jwk])
    const tenants = open({ scopes_claim: 'scp', tenant_claim: 'https://omnify.example/tenant' })
    const claims = { scp: ['events:write', 7], 'https://omnify.example/tenant': 'acme', tenant: 'other' }
    expect(await tenants.authenticate(await sign(other, now_ms, claims))).toMatchObject({ scopes: ['events:write'] })
  })

  it('opens nothing without scopes', async () => {
    expect(await open().authenticate(await sign(key, now_ms, { scope: undefined }))).toMatchObject({ scopes: [] })
  })

  it('ends at its time, also when it was taken before', async () => {
    const tenants = open()
    const token = await sign(key, now_ms, { exp: now_ms / 1_000 + 3 })
    expect(await tenants.authenticate(token)).toBeDefined()
    later(2_000)
    expect(await tenants.authenticate(token)).toBeDefined()
    later(7_000)
    expect(await tenants.authenticate(token)).toBeUndefined()
  })
})

describe('is refused', () => {
  const now_s = START_MS / 1_000
  const claims = { iss: ISSUER, aud: AUDIENCE, exp: now_s + 60, tenant: 'acme', scope: 'metrics:read' }
  const attacks: Readonly<Record<string, () => Promise<string> | string>> = {
    expired: () => sign(key, now_ms, { exp: now_s - 10 }),
    'without an end': () => sign(key, now_ms, { exp: undefined! }),
    'not valid yet': () => sign(key, now_ms, { nbf: now_s + 60 }),
    'of another audience': () => sign(key, now_ms, { aud: 'billing' }),
    'without an audience': () => sign(key, now_ms, { aud: undefined! }),
    'of another issuer': () => sign(key, now_ms, { iss: 'https://issuer.example' }),
    'without a tenant': () => sign(key, now_ms, { tenant: undefined }),
    'with a list of tenants': () => sign(key, now_ms, { tenant: ['acme'] }),
    'of a tenant that is not there': () => sign(key, now_ms, { tenant: 'nobody' }),
    'unsigned (alg none)': () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
    'unsigned, spelled otherwise': () => `${encode({ alg: 'nOnE', kid: 'k1' })}.${encode(claims)}.`,
    'signed with the public key as the secret of an HMAC': () => {
      const head = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims)}`
      return `${head}.${createHmac('sha256', JSON.stringify(key.jwk)).update(head).digest('base64url')}`
    },
    'signed by another key under a name that is known': async () => {
      const thief = await signingKey('k1')
      return sign(thief, now_ms)
    },
    'signed by a key that it brings along': async () => {
      const thief = await signingKey('k1')
      return sign(thief, now_ms, {}, { jwk: thief.jwk, jku: 'http://127.0.0.1:9/keys' })
    },
    'of an algorithm that is not allowed': async () => {
      const other = await signingKey('k3', 'PS256')
      issuer.publish([key.jwk, other.jwk])
      return sign(other, now_ms)
    },
    'with a critical extension that nobody here knows': () =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', crit: ['exp'], exp: 1 })
        .sign(key.privateKey, { crit: { exp: true } }),
    'with a changed body': async () => {
      const [head, , signature] = (await sign(key, now_ms)).split('.')
      return `${head}.${encode({ ...claims, scope: 'sql:read' })}.${signature}`
    },
    'without its signature': async () => `${(await sign(key, now_ms)).split('.').slice(0, 2).join('.')}.`,
    'too long': async () => sign(key, now_ms, { more: 'x'.repeat(9_000) }),
    'no token': () => 'a.b.c',
    'no JSON': () => `${Buffer.from('{').toString('base64url')}.e30.AA`,
  }

  it.each(Object.entries(attacks))('a token %s', async (_name, make) => {
    const tenants = open()
    const token = await make()
    expect(await tenants.authenticate(token)).toBeUndefined()
    // What is right goes on beside it.
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
  })

  it('a symmetric or short key in the document of the issuer', async () => {
    const oct: JWK = { kty: 'oct', k: encode('secret'), kid: 'o', alg: 'HS256' }
    const weak: JWK = { kty: 'RSA', kid: 'w', n: Buffer.alloc(128, 255).toString('base64url'), e: 'AQAB' }
    issuer.publish([oct, weak, key.jwk])
    const tenants = open()
    const head = `${encode({ alg: 'HS256', kid: 'o' })}.${encode(claims)}`
    const forged = createHmac('sha256', Buffer.from(oct.k!, 'base64url')).update(head).digest('base64url')
    expect(await tenants.authenticate(`${head}.${forged}`)).toBeUndefined()
    expect(await tenants.authenticate(`${encode({ alg: 'RS256', kid: 'w' })}.${encode(claims)}.AAAA`)).toBeUndefined()
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
  })
})

describe('keys of the issuer', () => {
  it('are fetched once for many, and looked at again after five minutes, beside the requests', async () => {
    const tenants = open()
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => sign(key, now_ms, { jti: String(n) })))
    const callers = await Promise.all(tokens.map((token) => tenants.authenticate(token)))
    expect(callers.every((caller) => caller !== undefined)).toBe(true)
    expect(issuer.asked()).toBe(1)
    later(6 * 60_000)
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
    await expect.poll(() => issuer.asked()).toBe(2)
  })

  it('change without a refusal, and a withdrawn one ends', async () => {
    const tenants = open()
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
    const next = await signingKey('k2')
    issuer.publish([next.jwk])
    expect(await tenants.authenticate(await sign(next, now_ms))).toBeDefined()
    expect(await tenants.authenticate(await sign(key, now_ms, { jti: 'on its way' }))).toBeDefined()
    later(61_000)
    expect(await tenants.authenticate(await sign(next, now_ms))).toBeDefined()
    await expect.poll(() => issuer.asked()).toBe(3)
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeUndefined()
  })

  it('serve on for an hour without the issuer, and then nobody says that a token is wrong', async () => {
    const tenants = open()
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
    issuer.publish('away')
    later(HOUR_MS - 60_000)
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
    await expect.poll(() => troubles).toHaveLength(1)
    expect(troubles[0]).toContain('500')
    const unknown = await sign(await signingKey('k9'), now_ms)
    await expect(tenants.authenticate(unknown)).rejects.toMatchObject({ code: 'identity_unavailable' })
    later(120_000)
    await expect(tenants.authenticate(await sign(key, now_ms))).rejects.toMatchObject({ code: 'identity_unavailable' })
    expect(troubles).toHaveLength(1)
    issuer.publish([key.jwk])
    later(1_000)
    expect(await tenants.authenticate(await sign(key, now_ms))).toBeDefined()
    expect(troubles.at(-1)).toContain('again')
  })

  it.each(['{"keys":5}', '[]', 'no JSON', `{"keys":[],"pad":"${'x'.repeat(300_000)}"}`])(
    'are not read from a document that is none (%#)',
    async (text) => {
      const tenants = acceptTokens(
        {} as Tenants,
        { ...OPTIONS, jwks_url: issuer.url },
        {
          fetch: async () => new Response(text),
          onTrouble: (line) => troubles.push(line),
        },
      )
      await expect(tenants.authenticate(await sign(key, now_ms))).rejects.toMatchObject({
        code: 'identity_unavailable',
      })
      expect(troubles).toHaveLength(1)
    },
  )
})

const OPTIONS: TokenOptions = {
  jwks_url: '',
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  tenant_claim: 'tenant',
  scopes_claim: 'scope',
}
