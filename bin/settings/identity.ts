import { TOKEN_ALGORITHMS, type TokenOptions } from '../../pipelines/tenants/tokens/options.ts'
import { httpUrl, listOf, settings, text } from '../setting.ts'

/** Tokens (JWTs) of an issuer beside API keys. */
export const identity = {
  jwtJwksUrl: httpUrl
    .refine((url) => url.startsWith('https:') || LOOPBACK.test(new URL(url).hostname), 'must be https://')
    .optional()
    .register(settings, {
      env: 'OMNIFY_JWT_JWKS_URL',
      value: 'URL',
      doc:
        'Where the issuer of JWTs publishes its keys (RFC 7517); https, or http on loopback. With it JWTs are taken ' +
        'beside API keys, and the issuer and audience must be given too. Unset: none are.',
    }),
  jwtIssuer: text.optional().register(settings, {
    env: 'OMNIFY_JWT_ISSUER',
    value: 'ISS',
    doc: 'The `iss` that every JWT must have, to the letter.',
  }),
  jwtAudience: text.optional().register(settings, {
    env: 'OMNIFY_JWT_AUDIENCE',
    value: 'AUD',
    doc: 'The `aud` that every JWT must have, or have among others.',
  }),
  jwtAlgorithms: listOf(TOKEN_ALGORITHMS)
    .prefault('RS256,PS256,ES256,EdDSA')
    .register(settings, {
      env: 'OMNIFY_JWT_ALGORITHMS',
      value: 'ALG,…',
      doc: `Algorithms that JWTs may be signed with, of ${TOKEN_ALGORITHMS.join(', ')}.`,
    }),
  jwtTenantClaim: text.prefault('tenant').register(settings, {
    env: 'OMNIFY_JWT_TENANT_CLAIM',
    value: 'CLAIM',
    doc: 'The claim of a JWT with the name of its tenant.',
  }),
  jwtScopesClaim: text.prefault('scope').register(settings, {
    env: 'OMNIFY_JWT_SCOPES_CLAIM',
    value: 'CLAIM',
    doc: 'The claim of a JWT with its scopes: a list, or a text with blanks between them.',
  }),
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

export type IdentitySettings = {
  readonly jwtJwksUrl?: string | undefined
  readonly jwtIssuer?: string | undefined
  readonly jwtAudience?: string | undefined
  readonly jwtAlgorithms: TokenOptions['algorithms']
  readonly jwtTenantClaim: string
  readonly jwtScopesClaim: string
}

/** What is set of an issuer must be set whole: a token of anybody else would do. */
export function identityProblems({ jwtAudience, jwtIssuer, jwtJwksUrl }: IdentitySettings): string[] {
  const parts = { OMNIFY_JWT_JWKS_URL: jwtJwksUrl, OMNIFY_JWT_ISSUER: jwtIssuer, OMNIFY_JWT_AUDIENCE: jwtAudience }
  const missing = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [name] : []))
  if (missing.length === 0 || missing.length === 3) return []
  return [`JWTs need OMNIFY_JWT_JWKS_URL, OMNIFY_JWT_ISSUER and OMNIFY_JWT_AUDIENCE: ${missing.join(', ')} is not set`]
}

/** Undefined where no tokens are taken. */
export function tokenOptions(config: IdentitySettings): TokenOptions | undefined {
  const { jwtAudience: audience, jwtIssuer: issuer, jwtJwksUrl: jwks_url } = config
  if (jwks_url === undefined || issuer === undefined || audience === undefined) return undefined
  return {
    ...{ jwks_url, issuer, audience },
    algorithms: config.jwtAlgorithms,
    tenant_claim: config.jwtTenantClaim,
    scopes_claim: config.jwtScopesClaim,
  }
}
