import type { FastifyInstance } from 'fastify'
import { asyncapi } from '../alerts/asyncapi.ts'

/** `GET /v1/asyncapi.json`: what subscribers of alerts are sent. The same for everybody. */
export function asyncapiRoutes(app: FastifyInstance): void {
  let document: string | undefined
  app.get('/v1/asyncapi.json', (_request, reply) => {
    document ??= JSON.stringify(asyncapi())
    return reply.header('cache-control', 'public, max-age=300').type('application/json; charset=utf-8').send(document)
  })
}
