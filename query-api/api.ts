import type { FastifyInstance } from 'fastify'
import type { QueryDeps } from './deps.ts'
import { alertRoutes } from './routes/alerts.ts'
import { alertStreamRoutes } from './routes/alerts-stream.ts'
import { answerFailures } from './routes/failures.ts'
import { healthRoutes } from './routes/health.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { prometheusRoutes } from './routes/prometheus.ts'
import { schemaRoutes } from './routes/schemas.ts'
import { sqlRoutes } from './routes/sql.ts'
import { statusRoutes } from './routes/status.ts'

/**
 * Everything that is read from the engine, as routes below one plugin: its error handler and limits hold for its own
 * routes only.
 */
export async function queryApi(app: FastifyInstance, deps: QueryDeps): Promise<void> {
  await app.register(async (scope) => {
    answerFailures(scope)
    // First, so that its hook sees every request of the others.
    prometheusRoutes(scope, deps)
    healthRoutes(scope, deps)
    schemaRoutes(scope)
    statusRoutes(scope, deps)
    metricsRoutes(scope, deps)
    sqlRoutes(scope, deps)
    alertRoutes(scope, deps)
    alertStreamRoutes(scope, deps)
  })
}
