import type { FastifyInstance } from 'fastify'
import { Histogram } from 'prom-client'
import type { QueryDeps } from '../deps.ts'

/** `GET /metrics` for Prometheus, and the time that the routes of this plugin take. */
export function prometheusRoutes(app: FastifyInstance, { registry }: Pick<QueryDeps, 'registry'>): void {
  const seconds = new Histogram({
    name: 'omnify_query_seconds',
    help: 'Time to answer a request of the query API, by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.5, 1, 5, 20],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route and not the path: a path holds whatever somebody sent.
    const route = request.routeOptions.url ?? 'unknown'
    seconds.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()))
}
