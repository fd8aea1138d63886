import type { FastifyInstance } from 'fastify'
import type { QueryDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'

/**
 * For whoever watches over the process: `/livez` (it answers at all), `/readyz` (it can do its work now, else why
 * not), `/startupz` (it was ready once).
 */
export function healthRoutes(app: FastifyInstance, deps: Pick<QueryDeps, 'ready'>): void {
  let started = false
  const waits = async (): Promise<readonly string[]> => {
    const reasons = await deps.ready()
    if (reasons.length === 0) started = true
    return reasons
  }
  app.get('/livez', async () => ({ status: 'ok' }))
  app.get('/readyz', async () => {
    const reasons = await waits()
    if (reasons.length > 0) throw new ApiError('not_ready', reasons.join('; '))
    return { status: 'ok' }
  })
  app.get('/startupz', async () => {
    const reasons = started ? [] : await waits()
    if (!started) throw new ApiError('not_ready', reasons.join('; '))
    return { status: 'ok' }
  })
}
