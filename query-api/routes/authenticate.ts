import type { FastifyRequest } from 'fastify'
import type { Tenant, Tenants } from '../../pipelines/tenants/port.ts'
import { ApiError } from '../problem.ts'

/**
 * The tenant whose key was sent as `Authorization: Bearer KEY`.
 *
 * @throws ApiError `unauthorized`, in the same words whatever is wrong with the key
 */
export async function authenticate(tenants: Tenants, request: FastifyRequest): Promise<Tenant> {
  const key = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const tenant = key === undefined ? undefined : await tenants.authenticate(key)
  if (tenant === undefined)
    throw new ApiError('unauthorized', 'send the API key of a tenant as `Authorization: Bearer KEY`')
  return tenant
}
