import type { FastifyInstance } from 'fastify'
import { steadyClock } from '../pipelines/clock.ts'
import type { QueryDeps } from './deps.ts'
import { makeGuard } from './limits/guard.ts'
import { PRESSURE, shedUnderPressure } from './limits/pressure.ts'
import { limitAddresses } from './limits/sizes.ts'
import { questionBudgets, TENANT_LIMITS } from './limits/tenant-limits.ts'
import { questions } from './questions.ts'
import { alertRoutes } from './routes/alerts.ts'
import { asyncapiRoutes } from './routes/alerts-asyncapi.ts'
import { alertSettingsRoutes } from './routes/alerts-settings.ts'
import { alertStreamRoutes } from './routes/alerts-stream.ts'
import { alertWebhookRoutes } from './routes/alerts-webhooks.ts'
import { changesRoutes } from './routes/changes.ts'
import { cohortRoutes } from './routes/cohorts.ts'
import { creativeRoutes } from './routes/creatives.ts'
import { customerRoutes } from './routes/customers.ts'
import { docsRoutes } from './routes/docs.ts'
import { answerFailures } from './routes/failures.ts'
import { healthRoutes } from './routes/health.ts'
import { jobRoutes } from './routes/jobs.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { modelRoutes } from './routes/models.ts'
import { prometheusRoutes } from './routes/prometheus.ts'
import { queryRoutes } from './routes/queries.ts'
import { schemaRoutes } from './routes/schemas.ts'
import { sqlRoutes } from './routes/sql.ts'
import { statusRoutes } from './routes/status.ts'

/**
 * Everything that is read from the engine, as routes below one plugin: its error handler and limits hold for its own
 * routes only.
 */
export async function queryApi(app: FastifyInstance, given: QueryDeps): Promise<void> {
  const guard = makeGuard(given.budgets ?? questionBudgets(TENANT_LIMITS, steadyClock), steadyClock)
  const deps = {
    ...given,
    store: guard.metered(given.store),
    connect: (database: string) => guard.metered(given.connect(database)),
  }
  const { ask, close, cursors, jobs, kept, metrics, saved, sql } = questions(deps, app.log, guard.read)
  await app.register(async (scope) => {
    scope.addHook('onClose', close)
    answerFailures(scope)
    limitAddresses(scope)
    shedUnderPressure(scope, PRESSURE)
    guard.protect(scope)
    // First, so that its hook sees every request of the others.
    prometheusRoutes(scope, deps)
    healthRoutes(scope, deps)
    schemaRoutes(scope)
    docsRoutes(scope)
    statusRoutes(scope, deps)
    metricsRoutes(scope, deps, ask)
    changesRoutes(scope, deps, metrics, cursors)
    sqlRoutes(scope, deps, sql, ask)
    jobRoutes(scope, deps, jobs, kept)
    queryRoutes(scope, deps, { saved, sql, ask })
    alertRoutes(scope, deps)
    alertStreamRoutes(scope, deps)
    alertSettingsRoutes(scope, deps)
    asyncapiRoutes(scope)
    creativeRoutes(scope, deps)
    customerRoutes(scope, deps)
    cohortRoutes(scope, deps)
    modelRoutes(scope, deps)
    if (deps.webhooks !== undefined) alertWebhookRoutes(scope, deps, deps.webhooks)
  })
}
