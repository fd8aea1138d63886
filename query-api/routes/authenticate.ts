import type { FastifyRequest } from 'fastify'
import type { Tenant, Tenants } from '../../pipelines/tenants/port.ts'
import type { Scope } from '../../schemas/scopes.ts'
import { ApiError } from '../problem.ts'

/**
 * The tenant whose key was sent as `Authorization: Bearer KEY`, if the key may do this.
 *
 * @throws ApiError `unauthorized`, in the same words whatever is wrong with the key; `forbidden` for a right key
 *   without the scope
 */
export async function authenticate(tenants: Tenants, request: FastifyRequest, scope: Scope): Promise<Tenant> {
  const key = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const caller = key === undefined ? undefined : await tenants.authenticate(key)
  if (caller === undefined)
    throw new ApiError('unauthorized', 'send the API key of a tenant as `Authorization: Bearer KEY`')
  if (!caller.scopes.includes(scope)) throw new ApiError('forbidden', `this API key has not the scope ${scope}`)
  return caller.tenant
}
