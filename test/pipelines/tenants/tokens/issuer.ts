import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

export const ISSUER = 'https://issuer.example/'
export const AUDIENCE = 'omnify'

export type SigningKey = {
  readonly kid: string
  readonly jwk: JWK
  readonly privateKey: CryptoKey
  readonly alg: string
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** A token as the issuer signs it, with what a test wants otherwise. */
export function sign(key: SigningKey, now_ms: number, claims: JWTPayload = {}, header: object = {}): Promise<string> {
  const now_s = Math.floor(now_ms / 1_000)
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: now_s,
    exp: now_s + 60,
    tenant: 'acme',
    scope: 'metrics:read',
    ...claims,
  }
  return new SignJWT(all).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey)
}

export type Issuer = {
  readonly url: string
  /** What it publishes now; `away` answers 500. */
  publish(keys: readonly JWK[] | 'away'): void
  readonly asked: () => number
  close(): Promise<void>
}

/** Publishes keys on loopback. */
export async function openIssuer(): Promise<Issuer> {
  let published: readonly JWK[] | 'away' = []
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    if (published === 'away') return response.writeHead(500).end()
    response.setHeader('content-type', 'application/jwk-set+json')
    return response.end(JSON.stringify({ keys: published }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    publish: (keys) => {
      published = keys
    },
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
