import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CODES, EngineError } from './errors.ts'

/**
 * Lets in who knows user and password, in any of the three ways of ClickHouse: basic authentication, headers, URL.
 *
 * @returns a check of one request, which throws EngineError 516
 */
export function createGate(secret: Secret): (message: IncomingMessage, url: URL) => void {
  const expected = Buffer.from(`${secret.user}:${secret.password}`)
  return (message, url) => {
    const given = Buffer.from(credentials(message, url))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return
    const text = 'Authentication failed: password is incorrect, or there is no user with such name'
    throw new EngineError(CODES.AUTHENTICATION_FAILED, text)
  }
}

export type Secret = { readonly user: string; readonly password: string }

function credentials(message: IncomingMessage, url: URL): string {
  const basic = /^Basic (.+)$/i.exec(message.headers.authorization ?? '')
  if (basic !== null) return Buffer.from(basic[1]!, 'base64').toString('utf8')
  const user = message.headers['x-clickhouse-user'] ?? url.searchParams.get('user')
  const password = message.headers['x-clickhouse-key'] ?? url.searchParams.get('password')
  return `${user ?? 'default'}:${password ?? ''}`
}
