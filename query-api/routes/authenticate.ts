import type { FastifyRequest } from 'fastify'
import type { Tenant, Tenants } from '../../pipelines/tenants/port.ts'
import type { Scope } from '../../schemas/scopes.ts'
import { ApiError } from '../problem.ts'

/**
 * The tenant whose key or token was sent as `Authorization: Bearer KEY`, if it may do this. From here on the request
 * counts towards the tenant's limits.
 *
 * @throws ApiError `unauthorized`, in the same words whatever is wrong with the key; `forbidden` for a right key
 *   without the scope; `rate_limited`
 */
export async function authenticate(tenants: Tenants, request: FastifyRequest, scope: Scope): Promise<Tenant> {
  const key = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const caller = key === undefined ? undefined : await tenants.authenticate(key)
  if (caller === undefined)
    throw new ApiError('unauthorized', 'send an API key or token of a tenant as `Authorization: Bearer KEY`')
  if (!caller.scopes.includes(scope))
    throw new ApiError('forbidden', `this key has not the scope ${scope}`, { more: { scope } })
  request.visit?.enter(caller.tenant.name)
  return caller.tenant
}
