import type { IncomingMessage } from 'node:http'
import type { Caller, Tenants } from '../../pipelines/tenants/port.ts'
import { BiError, CODES } from './errors.ts'

/**
 * The tenant behind a request, in any of ClickHouse's ways: `Authorization: Basic`, `X-ClickHouse-User` and `-Key`,
 * `?user=&password=`, or our own `Authorization: Bearer KEY`. The user is the tenant, the password one of its API keys
 * with the scope `sql:read`.
 *
 * @throws BiError 516, in the same words whatever is wrong; 497 for a right key without the scope
 */
export async function callerOf(
  tenants: Pick<Tenants, 'authenticate'>,
  message: IncomingMessage,
  url: URL,
): Promise<Caller> {
  const { password, user } = credentials(message, url)
  const caller = await tenants.authenticate(password)
  if (caller === undefined || (user !== null && user !== caller.tenant.name))
    throw new BiError(
      CODES.AUTHENTICATION_FAILED,
      'Authentication failed: the user is a tenant, the password one of its API keys',
    )
  if (!caller.scopes.includes('sql:read'))
    throw new BiError(CODES.ACCESS_DENIED, 'Not enough privileges: this API key has not the scope sql:read')
  return caller
}

/** `user` is null for a Bearer key, which says by itself whose it is. */
type Credentials = { readonly user: string | null; readonly password: string }

function credentials({ headers }: IncomingMessage, url: URL): Credentials {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')
  if (bearer !== null) return { user: null, password: bearer[1]! }
  const basic = /^Basic +(\S+) *$/i.exec(headers.authorization ?? '')
  if (basic !== null) {
    const text = Buffer.from(basic[1]!, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    return { user: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) }
  }
  const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)
  return {
    user: one(headers['x-clickhouse-user']) ?? url.searchParams.get('user') ?? '',
    password: one(headers['x-clickhouse-key']) ?? url.searchParams.get('password') ?? '',
  }
}
