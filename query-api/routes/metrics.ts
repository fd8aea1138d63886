import type { FastifyInstance } from 'fastify'
import type { QueryDeps } from '../deps.ts'
import { bodyOfQuery } from '../metrics/request-query.ts'
import type { Ask } from './ask.ts'
import { authenticate } from './authenticate.ts'

/** A question is short; a longer body is not one. */
const BODY_BYTES_MAX = 256 * 1024

/** `GET` and `POST /v1/metrics`. */
export function metricsRoutes(app: FastifyInstance, { tenants }: Pick<QueryDeps, 'tenants'>, ask: Ask): void {
  app.get('/v1/metrics', async (request, reply) => {
    const tenant = await authenticate(tenants, request, 'metrics:read')
    return ask.metrics(request, reply, tenant, bodyOfQuery(request.query as Record<string, unknown>))
  })
  app.post('/v1/metrics', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const tenant = await authenticate(tenants, request, 'metrics:read')
    return ask.metrics(request, reply, tenant, request.body)
  })
}
