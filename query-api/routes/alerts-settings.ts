import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readRules } from '../../pipelines/rules/settings.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { alertRule } from '../../schemas/alert-commands.ts'
import { alertScope } from '../../schemas/alerts.ts'
import { checked, makeCommands, newId, type Wish } from '../alerts/commands.ts'
import { instantOf } from '../alerts/instant.ts'
import { checkRule, dryRun } from '../alerts/rules.ts'
import { readSettings } from '../alerts/settings.ts'
import type { QueryDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'
import { idOf, sender } from './alerts.ts'
import { authenticate } from './authenticate.ts'

/** What a rule is made of as it is sent: what has a usual value may be left out. */
export const newRule = alertRule.extend({
  name: alertRule.shape.name.default(''),
  scope: alertRule.shape.scope.default({}),
  buckets: alertRule.shape.buckets.default(1),
  volume_min: alertRule.shape.volume_min.default(0),
  enabled: alertRule.shape.enabled.default(true),
})

export const newEvent = z.strictObject({
  title: z.string().min(1).max(200),
  scope: alertScope.default({}),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
})
export const newDryRun = z.strictObject({ rule: newRule, from: z.string().optional(), to: z.string().optional() })
export const newSettings = z.strictObject({ alerts_a_day: z.number().min(0.01).max(1000) })

/**
 * `/v1/alert-rules`, `/v1/expected-events`, `/v1/alert-mutes` and `/v1/alert-settings`. A change is a command on the log,
 * which the stage that has the alerts carries out a moment later; lists show what was carried out.
 */
export function alertSettingsRoutes(app: FastifyInstance, deps: QueryDeps): void {
  const { clock, log, randomBytes, store } = deps
  const commands = makeCommands(log, clock)
  const reader = (request: FastifyRequest) => authenticate(deps.tenants, request, 'alerts:read')
  const writer = (request: FastifyRequest) => authenticate(deps.tenants, request, 'alerts:write')
  const limits = { bodyLimit: BODY_BYTES_MAX }

  /** Puts a wish onto the log. @returns what was taken, under 202: it is carried out a moment later */
  async function take(request: FastifyRequest, reply: FastifyReply, tenant: Tenant, by: string, wish: Wish) {
    const command = idOf(request, tenant.name) ?? newId('cmd', randomBytes)
    await commands.give(tenant.name, by, wish, command)
    return reply.code(202).send({ command, ...wish })
  }

  /** The body without who says so. */
  function said(request: FastifyRequest): { by: string; rest: Record<string, unknown> } {
    const { by, ...rest } = checked(sender.loose(), request.body ?? {})
    return { by, rest }
  }

  /** Sent again under one key, a new thing is the same thing. */
  function nameOf(request: FastifyRequest, tenant: Tenant, prefix: string): string {
    const key = idOf(request, tenant.name)
    return key === undefined ? newId(prefix, randomBytes) : `${prefix}_${key}`.slice(0, 128)
  }

  async function putRule(request: FastifyRequest, reply: FastifyReply, tenant: Tenant, rule: string) {
    const { by, rest } = said(request)
    const body = checked(newRule, rest)
    checkRule(body)
    return take(request, reply, tenant, by, { kind: 'rule', rule, body })
  }

  const rulesOf = async (tenant: Tenant) =>
    (await readRules(store, tenant.name)).map(({ body, id }) => ({ id, ...body }))

  async function ruleOf(tenant: Tenant, request: FastifyRequest) {
    const { id } = request.params as { id: string }
    const found = (await rulesOf(tenant)).find((rule) => rule.id === id)
    if (found === undefined) throw new ApiError('not_found', 'there is no rule of this id')
    return found
  }

  app.get('/v1/alert-rules', async (request) => ({ rules: await rulesOf(await reader(request)) }))
  app.get('/v1/alert-rules/:id', async (request) => ruleOf(await reader(request), request))
  app.post('/v1/alert-rules', limits, async (request, reply) => {
    const tenant = await writer(request)
    if ((await rulesOf(tenant)).length >= RULES_MAX)
      throw new ApiError('bad_request', `a tenant has at most ${RULES_MAX} rules`)
    return putRule(request, reply, tenant, nameOf(request, tenant, 'rule'))
  })
  app.put('/v1/alert-rules/:id', limits, async (request, reply) => {
    const tenant = await writer(request)
    return putRule(request, reply, tenant, (await ruleOf(tenant, request)).id)
  })
  app.delete('/v1/alert-rules/:id', async (request, reply) => {
    const tenant = await writer(request)
    return take(request, reply, tenant, 'api', { kind: 'rule_removed', rule: (await ruleOf(tenant, request)).id })
  })
  app.post('/v1/alert-rules/dry-run', limits, async (request) => {
    const tenant = await reader(request)
    const { from, rule, to } = checked(newDryRun, request.body)
    const at = (text: string | undefined, path: string) => (text === undefined ? undefined : instantOf(text, path))
    return dryRun(store, tenant, rule, at(from, 'from'), at(to, 'to'))
  })

  app.get('/v1/expected-events', async (request) => {
    const tenant = await reader(request)
    const events = await readSettings(store, tenant.name, 'expected_event', request.signal)
    return {
      events: events.map(({ by, event, from, scope, title, to }) => ({ id: event, title, scope, from, to, by })),
    }
  })
  app.post('/v1/expected-events', limits, async (request, reply) => {
    const tenant = await writer(request)
    const { by, rest } = said(request)
    const body = checked(newEvent, rest)
    if (Date.parse(body.from) >= Date.parse(body.to))
      throw new ApiError('bad_range', '`to` is not after `from`', { path: 'to' })
    const event = nameOf(request, tenant, 'evt')
    return take(request, reply, tenant, by, { kind: 'expected_event', event, ...body })
  })
  app.delete('/v1/expected-events/:id', async (request, reply) => {
    const tenant = await writer(request)
    const { id } = request.params as { id: string }
    const events = await readSettings(store, tenant.name, 'expected_event', request.signal)
    if (!events.some(({ event }) => event === id)) throw new ApiError('not_found', 'there is no event of this id')
    return take(request, reply, tenant, 'api', { kind: 'expected_event_removed', event: id })
  })

  app.get('/v1/alert-mutes', async (request) => {
    const tenant = await reader(request)
    const mutes = await readSettings(store, tenant.name, 'mute', request.signal)
    return { mutes: mutes.map(({ by, metric, mute, scope, until }) => ({ id: mute, metric, scope, until, by })) }
  })
  app.delete('/v1/alert-mutes/:id', async (request, reply) => {
    const tenant = await writer(request)
    const { id } = request.params as { id: string }
    const mutes = await readSettings(store, tenant.name, 'mute', request.signal)
    if (!mutes.some(({ mute }) => mute === id)) throw new ApiError('not_found', 'there is no mute of this id')
    return take(request, reply, tenant, 'api', { kind: 'unmute', mute: id })
  })

  app.get('/v1/alert-settings', async (request) => {
    const tenant = await reader(request)
    const [last] = (await readSettings(store, tenant.name, 'settings', request.signal)).slice(-1)
    return { alerts_a_day: last?.alerts_a_day ?? null }
  })
  app.put('/v1/alert-settings', limits, async (request, reply) => {
    const tenant = await writer(request)
    const { by, rest } = said(request)
    return take(request, reply, tenant, by, { kind: 'settings', ...checked(newSettings, rest) })
  })
}

const BODY_BYTES_MAX = 16 * 1024
const RULES_MAX = 50
