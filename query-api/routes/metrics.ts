import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { holdDays } from '../days/held-days.ts'
import type { QueryDeps } from '../deps.ts'
import { formatOf } from '../formats/format.ts'
import { createMetrics } from '../metrics/answer.ts'
import { type MetricsRequest, parseRequest } from '../metrics/request.ts'
import { bodyOfQuery } from '../metrics/request-query.ts'
import { authenticate } from './authenticate.ts'

/** A question is short; a longer body is not one. */
const BODY_BYTES_MAX = 256 * 1024

/** `GET` and `POST /v1/metrics`. */
export function metricsRoutes(app: FastifyInstance, deps: QueryDeps): void {
  const { clock, log, store } = deps
  // A look at the end of the embedded log is a look into memory. Of a broker it is a trip for each question, and where
  // the broker is gone the store can still answer.
  const metrics = createMetrics(store, clock, log.kind === 'embedded' ? holdDays(store, log, clock) : undefined)

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
    const result = await metrics.answer(tenant, read(), query_id, request.signal)
    if (result.watermark !== null) reply.header('x-omnify-watermark', result.watermark)
    const body = format.encode(result)
    return reply
      .header('cache-control', 'no-store')
      .header('vary', 'accept, authorization')
      .type(format.name === 'arrow' ? format.type : `${format.type}; charset=utf-8`)
      .send(typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  }

  app.get('/v1/metrics', (request, reply) =>
    answer(request, reply, () => parseRequest(bodyOfQuery(request.query as Record<string, unknown>))),
  )
  app.post('/v1/metrics', { bodyLimit: BODY_BYTES_MAX }, (request, reply) =>
    answer(request, reply, () => parseRequest(request.body)),
  )
}
