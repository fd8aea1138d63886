import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { QueryDeps } from '../deps.ts'
import { formatOf } from '../formats/format.ts'
import type { Metrics } from '../metrics/answer.ts'
import type { Cursors } from '../metrics/cursor.ts'
import { produceMetrics } from '../metrics/produce.ts'
import { type MetricsRequest, parseRequest } from '../metrics/request.ts'
import { bodyOfQuery } from '../metrics/request-query.ts'
import { authenticate } from './authenticate.ts'
import { send } from './send.ts'

/** A question is short; a longer body is not one. */
const BODY_BYTES_MAX = 256 * 1024

/** `GET` and `POST /v1/metrics`. */
export function metricsRoutes(app: FastifyInstance, deps: QueryDeps, metrics: Metrics, cursors: Cursors): void {
  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    read: () => MetricsRequest,
  ): Promise<FastifyReply> {
    const tenant = await authenticate(deps.tenants, request, 'metrics:read')
    const format = formatOf((request.query as { format?: string }).format, request.headers.accept)
    const query_id = deps.randomBytes(12).toString('hex')
    reply.header('x-omnify-query-id', query_id)
    // The signal fires when the asker goes away: the store then stops working for nobody.
    const question = { tenant, request: read(), format, query_id, signal: request.signal }
    return send(reply, await produceMetrics(metrics, cursors, question))
  }

  app.get('/v1/metrics', (request, reply) =>
    answer(request, reply, () => parseRequest(bodyOfQuery(request.query as Record<string, unknown>))),
  )
  app.post('/v1/metrics', { bodyLimit: BODY_BYTES_MAX }, (request, reply) =>
    answer(request, reply, () => parseRequest(request.body)),
  )
}
