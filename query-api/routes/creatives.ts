import type { FastifyInstance } from 'fastify'
import { sumScores } from '../../pipelines/forecast/records.ts'
import { formatDay } from '../../schemas/zone.ts'
import { deliveredDays } from '../creatives/delivered.ts'
import { type CreativeDayForecasts, readFatigue, readHistory } from '../creatives/read.ts'
import { parseFatigueQuestion, parseHistoryQuestion } from '../creatives/request.ts'
import { levelOf, shapeOf } from '../creatives/shape.ts'
import type { QueryDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'

/** `GET /v1/creatives/fatigue` and `GET /v1/creatives/{id}/fatigue`: which creatives wear out, when and why. */
export function creativeRoutes(app: FastifyInstance, deps: QueryDeps): void {
  app.get('/v1/creatives/fatigue', async (request, reply) => {
    const tenant = await authenticate(deps.tenants, request, 'metrics:read')
    const question = parseFatigueQuestion(request.query)
    const [creatives, model] = await Promise.all([
      readFatigue(deps.store, tenant.name, question, request.signal),
      recordOf(deps, tenant.name, request.signal),
    ])
    return reply
      .header('cache-control', 'no-store')
      .send({ creatives: creatives.map(shapeOf), model, watermark: watermarkOf(creatives) })
  })

  app.get('/v1/creatives/:id/fatigue', async (request, reply) => {
    const tenant = await authenticate(deps.tenants, request, 'metrics:read')
    const creative = (request.params as { id: string }).id
    const question = parseHistoryQuestion(request.query)
    const [days, model] = await Promise.all([
      readHistory(deps.store, tenant.name, creative, question, request.signal),
      recordOf(deps, tenant.name, request.signal),
    ])
    reply.header('cache-control', 'no-store')
    if (days.length === 0) {
      const seen = await deliveredDays(deps.store, tenant.name, creative, question, request.signal)
      if (seen === 0) throw new ApiError('not_found', 'no ad with this creative has been delivered')
      const needs = 'seven days of delivery that are over, with impressions and clicks or three-second views'
      return reply.send({ creative, accounts: [], insufficient: { needs, days_seen: seen }, model, watermark: null })
    }
    const accounts = [...Map.groupBy(days, ({ scope }) => scope).values()].map((own) => ({
      ...shapeOf(own[0]!),
      history: own.map((day) => ({
        day: formatDay(day.day),
        limited: levelOf(day, 'limited'),
        fatigued: levelOf(day, 'fatigued'),
      })),
    }))
    return reply.send({ creative, accounts, insufficient: null, model, watermark: watermarkOf(days) })
  })
}

/** How the model's forecasts for this tenant have turned out so far, by what and how far ahead it was. */
async function recordOf({ store }: QueryDeps, tenant: string, signal: AbortSignal) {
  const sums = await sumScores(store, { tenant, model: 'fatigue' }, ['model', 'metric', 'horizon_days'], { signal })
  return sums.map(({ key, record }) => ({
    name: key.model,
    metric: key.metric,
    horizon_days: Number(key.horizon_days),
    matured: record.matured,
    brier: record.score,
    skill: record.skill,
  }))
}

/** The oldest of what the answer was made from. */
function watermarkOf(days: readonly CreativeDayForecasts[]): string | null {
  const oldest = Math.min(...days.map(({ watermark_ms }) => watermark_ms))
  return days.length === 0 ? null : new Date(oldest).toISOString()
}
