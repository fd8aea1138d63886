/**
 * Algorithms of signatures that may be allowed: those with a public and a private key, none that is broken or on its way
 * out (RFC 8725, 3.1 and 3.2). Without HS256 and its like nobody can sign with the public key as the secret.
 */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** Whose tokens (JWTs, RFC 7519) are taken beside API keys, and what they say in which claim. */
export type TokenOptions = {
  /** Where the issuer publishes its public keys (RFC 7517). Fixed: what a token says of its key's place is not read. */
  readonly jwks_url: string
  /** `iss` of every token, to the letter. */
  readonly issuer: string
  /** `aud` of every token, or one of them. */
  readonly audience: string
  readonly algorithms: readonly TokenAlgorithm[]
  /** The claim with the tenant's name. */
  readonly tenant_claim: string
  /** The claim with the scopes: a list, or a text with blanks between them (RFC 8693, 4.2). */
  readonly scopes_claim: string
}
