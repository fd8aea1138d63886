import { createHash } from 'node:crypto'
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { isScope, type Scope } from '../../../schemas/scopes.ts'
import { type Clock, steadyClock, systemClock } from '../../clock.ts'
import type { Caller, Tenants } from '../port.ts'
import type { TokenOptions } from './options.ts'
import { remoteKeys } from './remote-keys.ts'

export type TokenParts = {
  /** Wall clock, for the times in tokens. */
  readonly clock?: Clock
  /** For the age of keys. */
  readonly steady?: Clock
  readonly fetch?: typeof globalThis.fetch
  readonly onTrouble: (text: string) => void
}

/**
 * Tenants who also take the tokens of an issuer (JWTs, RFC 7519, checked as RFC 8725 asks), wherever an API key is taken.
 *
 * A token opens what its scopes claim names, for the tenant of its tenant claim, which must exist here; without a scopes
 * claim it opens nothing. `exp` must be there; `exp` and `nbf` are taken with five seconds of leeway.
 *
 * `authenticate` then throws TenantError `identity_unavailable` while the issuer's keys cannot be had: the token may be
 * right, so nobody is told that it is not.
 */
export function acceptTokens(tenants: Tenants, options: TokenOptions, parts: TokenParts): Tenants {
  const { clock = systemClock, fetch = globalThis.fetch, onTrouble, steady = steadyClock } = parts
  const keys = remoteKeys({ url: options.jwks_url, clock: steady, fetch, onTrouble })
  /** By the token's hash, so that no token lies in memory. */
  const recent = new Map<string, { readonly caller: Caller; readonly until_ms: number }>()

  async function fromToken(text: string): Promise<Caller | undefined> {
    const hash = createHash('sha256').update(text).digest('base64')
    const now_ms = clock()
    const known = recent.get(hash)
    if (known !== undefined && known.until_ms > now_ms) return known.caller
    const claims = await verified(text, keys, options, now_ms)
    const name = claims?.[options.tenant_claim]
    const tenant = typeof name === 'string' ? await tenants.get(name) : undefined
    if (claims === undefined || tenant === undefined) return undefined
    const caller = { tenant, key_id: 'token', scopes: scopesIn(claims[options.scopes_claim]) }
    // Only tokens that are right get in, so no flood of wrong ones can push them out.
    if (recent.size >= RECENT_MAX) recent.clear()
    recent.set(hash, { caller, until_ms: Math.min(now_ms + RECENT_MS, claims.exp! * 1_000) })
    return caller
  }

  return {
    ...tenants,
    authenticate: (text) => (isToken(text) ? fromToken(text) : tenants.authenticate(text)),
  }
}

/** The claims of a token that is right now, or undefined. */
async function verified(
  text: string,
  keys: JWTVerifyGetKey,
  { algorithms, audience, issuer, tenant_claim }: TokenOptions,
  now_ms: number,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(text, keys, {
      algorithms: [...algorithms],
      audience,
      issuer,
      clockTolerance: LEEWAY_S,
      currentDate: new Date(now_ms),
      requiredClaims: ['exp', tenant_claim],
    })
    return payload
  } catch (error) {
    // Everything that jose says of a token, and nothing else: a bug of ours is no wrong token.
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

/** A scope of another service or version is left out: it opens nothing here. */
function scopesIn(claim: unknown): readonly Scope[] {
  const words: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : []
  return [...new Set(words.filter((word): word is Scope => typeof word === 'string' && isScope(word)))]
}

/** Three parts with points between them, as an API key never has. A token longer than this is none. */
function isToken(text: string): boolean {
  return text.length <= TOKEN_CHARACTERS_MAX && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)
}

const TOKEN_CHARACTERS_MAX = 8_192
const LEEWAY_S = 5
/** As of API keys: a tenant's new currency is noticed this much later at most. */
const RECENT_MS = 5_000
const RECENT_MAX = 10_000
