import { createLocalJWKSet, type JWK } from 'jose'

/** The public keys of an issuer as they were last seen, and how to find the one that a token names. */
export type KeySet = {
  readonly find: ReturnType<typeof createLocalJWKSet>
  readonly keys: readonly SeenKey[]
}

export type SeenKey = {
  readonly jwk: JWK
  /** When the issuer was first seen without it; absent while it is published. */
  readonly gone_ms?: number
}

/**
 * The keys of a document, with those of the set before that it no longer names, for a minute: tokens that were signed just
 * before a rotation are on their way.
 *
 * @param text  the JSON of a JWK set (RFC 7517, 5)
 * @throws Error when it is none
 */
export function mergeKeys(text: string, before: KeySet | undefined, now_ms: number): KeySet {
  const { keys } = JSON.parse(text) as { keys?: unknown }
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) throw new Error(`no JWK set of at most ${KEYS_MAX} keys`)
  const usable = (keys as JWK[]).filter(isUsable)
  const named = new Set(usable.map(({ kid }) => kid))
  const leaving = (before?.keys ?? [])
    .filter(({ jwk }) => jwk.kid !== undefined && !named.has(jwk.kid))
    .map(({ gone_ms = now_ms, jwk }) => ({ jwk, gone_ms }))
    .filter(({ gone_ms }) => now_ms - gone_ms <= LEAVING_MS)
  const all: readonly SeenKey[] = [...usable.map((jwk) => ({ jwk })), ...leaving]
  return { keys: all, find: createLocalJWKSet({ keys: all.map(({ jwk }) => jwk) }) }
}

/** A public key for signatures, and not a short one. A symmetric "key" in such a document is nobody's secret. */
function isUsable(jwk: unknown): jwk is JWK {
  if (typeof jwk !== 'object' || jwk === null) return false
  const { crv, kty, n, use } = jwk as JWK
  if (use !== undefined && use !== 'sig') return false
  if (kty === 'RSA') return typeof n === 'string' && Buffer.from(n, 'base64url').length >= RSA_BYTES_MIN
  return (kty === 'EC' || kty === 'OKP') && crv !== undefined
}

const KEYS_MAX = 100
/** 2,048 bits. */
const RSA_BYTES_MIN = 256
/** How long a key is still taken after the issuer was first seen without it. */
export const LEAVING_MS = 60_000
