import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { steadyClock } from '../../pipelines/clock.ts'
import { type Attempt, deliveryLedger } from '../../pipelines/webhooks/ledger.ts'
import { webhookRegistry } from '../../pipelines/webhooks/registry.ts'
import { checked, newId } from '../alerts/commands.ts'
import { instantOf } from '../alerts/instant.ts'
import { sendAgain, sendTest } from '../alerts/send-now.ts'
import { makeWebhooks, newWebhook, webhookChange } from '../alerts/webhooks.ts'
import type { QueryDeps, WebhookDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'

/** `/v1/webhooks`: who is told of alerts. All of it with a scope of its own, since it sends data out of the house. */
export function alertWebhookRoutes(app: FastifyInstance, deps: QueryDeps, given: WebhookDeps): void {
  const { clock, log, randomBytes, store } = deps
  const { allow, resolve } = given
  const ledger = deliveryLedger(store)
  const registry = webhookRegistry(store, given.vault)
  const webhooks = makeWebhooks({ registry, ledger, log, clock, randomBytes, allow })
  const now = { ledger, log, sender: { clock, steady: steadyClock, resolve, allow } }

  const tenantOf = async (request: FastifyRequest) => (await authenticate(deps.tenants, request, 'webhooks:write')).name
  const webhookOf = async (request: FastifyRequest) =>
    webhooks.get(await tenantOf(request), (request.params as { id: string }).id)
  const limits = { bodyLimit: BODY_BYTES_MAX }

  app.get('/v1/webhooks', async (request) => ({ webhooks: await webhooks.list(await tenantOf(request)) }))
  app.get('/v1/webhooks/:id', async (request) => webhooks.view(await webhookOf(request)))

  app.post('/v1/webhooks', limits, async (request, reply) => {
    const tenant = await tenantOf(request)
    const { secret, webhook } = await webhooks.add(tenant, checked(newWebhook, request.body))
    return reply.code(201).send({ ...(await webhooks.view(webhook)), secret })
  })
  app.patch('/v1/webhooks/:id', limits, async (request) => {
    const webhook = await webhookOf(request)
    return webhooks.view(await webhooks.change(webhook, checked(webhookChange, request.body)))
  })
  app.delete('/v1/webhooks/:id', async (request, reply) => {
    await webhooks.remove(await webhookOf(request))
    return reply.code(204).send()
  })

  app.post('/v1/webhooks/:id/rotate-secret', limits, async (request) => {
    const webhook = await webhookOf(request)
    const { overlap_hours } = checked(rotation, request.body ?? {})
    return { secret: await webhooks.rotate(webhook, overlap_hours * 3_600_000) }
  })
  app.post('/v1/webhooks/:id/replay', limits, async (request, reply) => {
    const webhook = await webhookOf(request)
    await webhooks.replay(webhook, instantOf(checked(replay, request.body).since, 'since'))
    return reply.code(202).send({ webhook: webhook.id })
  })
  app.post('/v1/webhooks/:id/test', limits, async (request) => {
    const webhook = await webhookOf(request)
    return shown(await sendTest(now, webhook, newId('test', randomBytes), request.signal))
  })

  app.get('/v1/webhooks/:id/deliveries', async (request) => {
    const webhook = await webhookOf(request)
    const { before, limit } = checked(page, request.query)
    const before_ms = before === undefined ? Number.MAX_SAFE_INTEGER : instantOf(before, 'before')
    return { deliveries: (await ledger.list(webhook, before_ms, limit)).map(shown) }
  })
  app.post('/v1/webhooks/:id/deliveries/:message/replay', limits, async (request) => {
    const webhook = await webhookOf(request)
    const { message } = request.params as { message: string }
    if (!/^\w{1,100}$/.test(message)) throw new ApiError('not_found', 'there is no such message')
    return shown(await sendAgain(now, webhook, message, request.signal))
  })
}

function shown({ at_ms, next_at_ms, offset: _, ...attempt }: Attempt) {
  const next_at = next_at_ms === 0 ? null : new Date(next_at_ms).toISOString()
  return { ...attempt, at: new Date(at_ms).toISOString(), next_at }
}

const rotation = z.strictObject({ overlap_hours: z.number().min(0).max(168).default(24) })
const replay = z.strictObject({ since: z.string() })
const page = z.strictObject({
  before: z.string().optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .default(100),
})
const BODY_BYTES_MAX = 16 * 1024
