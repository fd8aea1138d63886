import type { FastifyInstance } from 'fastify'
import { createChanges } from '../changes/changes.ts'
import { produceChanges } from '../changes/produce.ts'
import { readUntil } from '../changes/read-until.ts'
import { parseChanges } from '../changes/request.ts'
import type { QueryDeps } from '../deps.ts'
import { formatOf } from '../formats/format.ts'
import type { Metrics } from '../metrics/answer.ts'
import type { Cursors } from '../metrics/cursor.ts'
import { authenticate } from './authenticate.ts'
import { send } from './send.ts'

/** `GET /v1/changes?since=T`: the numbers that are others now than they were as of T, and why. */
export function changesRoutes(app: FastifyInstance, deps: QueryDeps, metrics: Metrics, cursors: Cursors): void {
  const changes = createChanges(deps.store, metrics, deps.clock)
  app.get('/v1/changes', async (request, reply) => {
    const tenant = await authenticate(deps.tenants, request, 'metrics:read')
    const format = formatOf((request.query as { format?: string }).format, request.headers.accept)
    const query_id = deps.randomBytes(12).toString('hex')
    const question = parseChanges(request.query)
    // Before anything is read: what comes later may be missing in the answer.
    const read_until_ms = await readUntil(deps.log, deps.groups, deps.clock)
    return send(
      reply,
      await produceChanges(changes, cursors, {
        tenant,
        request: question,
        format,
        query_id,
        read_until_ms,
        signal: request.signal,
      }),
    )
  })
}
