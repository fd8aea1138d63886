import type { FastifyInstance } from 'fastify'
import type { ForecastFilter } from '../../pipelines/forecast/read.ts'
import { type ScoreColumn, sumScores } from '../../pipelines/forecast/records.ts'
import type { QueryDeps } from '../deps.ts'
import { readCalibration, readModels } from '../forecasts/models.ts'
import { parseQuery, scoresQuery } from '../forecasts/request.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'

/** `GET /v1/models` and `GET /v1/models/{name}/scores`: what forecasts there are, and how they turned out. */
export function modelRoutes(app: FastifyInstance, { store, tenants }: QueryDeps): void {
  app.get('/v1/models', async (request, reply) => {
    const tenant = await authenticate(tenants, request, 'metrics:read')
    const [models, scores] = await Promise.all([
      readModels(store, tenant.name, request.signal),
      summed({ tenant: tenant.name }, ['model', 'entity_kind', 'metric', 'horizon_days'], request.signal),
    ])
    return reply.header('cache-control', 'no-store').send({
      models: models.map((model) => ({
        ...model,
        records: scores.filter((score) => score.model === `${model.name}@${model.version}`),
      })),
    })
  })

  app.get('/v1/models/:name/scores', async (request, reply) => {
    const { signal } = request
    const tenant = await authenticate(tenants, request, 'metrics:read')
    const { name } = request.params as { name: string }
    const { entity_kind, horizon_days, metric } = parseQuery(scoresQuery, request.query)
    const filter: ForecastFilter = {
      ...{ tenant: tenant.name, model: name },
      ...(entity_kind === undefined ? {} : { entity_kinds: [entity_kind] }),
      ...(horizon_days === undefined ? {} : { horizon_days }),
      ...(metric === undefined ? {} : { metric }),
    }
    const known = await readModels(store, tenant.name, signal)
    if (!known.some((model) => [model.name, `${model.name}@${model.version}`].includes(name))) {
      throw new ApiError('not_found', 'no model of this name has forecast anything')
    }
    const by: readonly ScoreColumn[] = ['model', 'entity_kind', 'metric', 'horizon_days']
    const [records, over_time, calibration] = await Promise.all([
      summed(filter, by, signal),
      summed(filter, [...by, 'origin'], signal),
      readCalibration(store, filter, signal),
    ])
    return reply.header('cache-control', 'no-store').send({ model: name, records, over_time, calibration })
  })

  async function summed(filter: ForecastFilter, by: readonly ScoreColumn[], signal: AbortSignal) {
    const sums = await sumScores(store, filter, by, { signal })
    return sums.map(({ key: { horizon_days, ...key }, record }) => ({
      ...(key as Readonly<Record<'model' | 'entity_kind' | 'metric' | 'origin', string>>),
      horizon_days: Number(horizon_days),
      ...record,
    }))
  }
}
