import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answers } from '../cache/answers.ts'
import type { QueryDeps } from '../deps.ts'
import { formatOf } from '../formats/format.ts'
import { type MetricsRequest, parseRequest } from '../metrics/request.ts'
import { bodyOfQuery } from '../metrics/request-query.ts'
import { authenticate } from './authenticate.ts'
import { send } from './send.ts'

/** A question is short; a longer body is not one. */
const BODY_BYTES_MAX = 256 * 1024

/** `GET` and `POST /v1/metrics`. */
export function metricsRoutes(app: FastifyInstance, deps: Pick<QueryDeps, 'tenants'>, answers: Answers): void {
  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    read: () => MetricsRequest,
  ): Promise<FastifyReply> {
    const tenant = await authenticate(deps.tenants, request, 'metrics:read')
    const format = formatOf((request.query as { format?: string }).format, request.headers.accept)
    // The signal fires when the asker goes away: the store then stops working for nobody.
    const question = { tenant, request: read(), format, signal: request.signal, fresh: asksForFresh(request) }
    return send(reply, await answers.answer(question), request)
  }

  app.get('/v1/metrics', (request, reply) =>
    answer(request, reply, () => parseRequest(bodyOfQuery(request.query as Record<string, unknown>))),
  )
  app.post('/v1/metrics', { bodyLimit: BODY_BYTES_MAX }, (request, reply) =>
    answer(request, reply, () => parseRequest(request.body)),
  )
}

/** RFC 9111, section 5.2.1.4: nothing that was held. */
export function asksForFresh(request: FastifyRequest): boolean {
  return /\bno-cache\b|\bno-store\b/i.test(request.headers['cache-control'] ?? '')
}
