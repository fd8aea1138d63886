import { z } from 'zod'
import { webhookDefinition } from '../../../pipelines/webhooks/webhook.ts'
import { webhookChange } from '../../alerts/webhooks.ts'
import { operations } from '../operation.ts'
import { names, rfc3339 } from '../schemas.ts'

const webhook = z
  .looseObject({
    id: z.string(),
    url: z.string(),
    format: z.string(),
    description: z.string(),
    filter: z.looseObject({}).describe('Which alerts it is told of; what is left out lets everything through.'),
    enabled: z.boolean(),
    created_at: rfc3339,
    state: z.enum(['active', 'paused', 'gone']).describe('gone: its receiver answered 410.'),
  })
  .register(names, { id: 'Webhook' })
const attempt = z
  .looseObject({
    message: z.string(),
    attempt: z.int(),
    cause: z.enum(['schedule', 'manual', 'test']),
    outcome: z.enum(['delivered', 'failed', 'gone']),
    status: z.int(),
    detail: z.string(),
    duration_ms: z.number(),
    at: rfc3339,
    next_at: rfc3339.nullable(),
  })
  .register(names, { id: 'DeliveryAttempt' })
const secret = z.string().describe('Signs what is sent (Standard Webhooks). It is told this once.')

const all = { tag: 'Webhooks', opened_by: 'webhooks:write', errors: ['bad_request', 'not_found'] } as const
const in_path = z.object({ id: z.string() })
const example = { path: { id: 'whk_none' } }
const json = (schema: z.ZodType, says: string) => ({ says, content: { 'application/json': schema } })

export const WEBHOOKS = operations(
  {
    ...{ ...all, id: 'listWebhooks', method: 'GET', path: '/v1/webhooks', summary: 'Who is told of alerts' },
    answers: { 200: json(z.object({ webhooks: z.array(webhook) }), 'All of them.') },
    example: {},
  },
  {
    ...{ ...all, id: 'createWebhook', method: 'POST', path: '/v1/webhooks', summary: 'Tell an address of alerts' },
    body: { 'application/json': webhookDefinition },
    answers: { 201: json(webhook.extend({ secret }), 'It is told from now on.') },
    example: { body: { url: 'http://127.0.0.1:9/none' } },
  },
  {
    ...{ ...all, id: 'getWebhook', method: 'GET', path: '/v1/webhooks/:id', summary: 'One of them' },
    ...{ in_path, answers: { 200: json(webhook, 'The webhook.') }, example },
  },
  {
    ...{ ...all, id: 'changeWebhook', method: 'PATCH', path: '/v1/webhooks/:id', summary: 'Change it' },
    body: { 'application/json': webhookChange },
    ...{ in_path, answers: { 200: json(webhook, 'As it is now.') }, example: { ...example, body: { enabled: false } } },
  },
  {
    ...{ ...all, id: 'deleteWebhook', method: 'DELETE', path: '/v1/webhooks/:id', summary: 'Tell it nothing more' },
    ...{ in_path, answers: { 204: { says: 'Gone.' } }, example },
  },
  {
    ...{ ...all, id: 'rotateWebhookSecret', method: 'POST', path: '/v1/webhooks/:id/rotate-secret' },
    summary: 'A new secret beside the old one, which signs on for a while',
    body: { 'application/json': z.strictObject({ overlap_hours: z.number().min(0).max(168).default(24) }) },
    ...{ in_path, answers: { 200: json(z.object({ secret }), 'The new one.') }, example: { ...example, body: {} } },
  },
  {
    ...{ ...all, id: 'replayWebhook', method: 'POST', path: '/v1/webhooks/:id/replay' },
    summary: 'Say everything since a time again',
    body: { 'application/json': z.strictObject({ since: rfc3339 }) },
    answers: { 202: json(z.object({ webhook: z.string() }), 'It begins there again.') },
    ...{ in_path, example: { ...example, body: { since: '2026-01-01T00:00:00Z' } } },
  },
  {
    ...{ ...all, id: 'testWebhook', method: 'POST', path: '/v1/webhooks/:id/test', summary: 'Send a test now' },
    ...{ in_path, answers: { 200: json(attempt, 'How it went.') }, example },
  },
  {
    ...{ ...all, id: 'listDeliveries', method: 'GET', path: '/v1/webhooks/:id/deliveries' },
    summary: 'What was sent to it in the last 30 days, and how it went',
    in_query: z.object({ before: rfc3339.optional(), limit: z.string().optional() }),
    answers: { 200: json(z.object({ deliveries: z.array(attempt) }), 'The newest first.') },
    ...{ in_path, example },
  },
  {
    ...{ ...all, id: 'replayDelivery', method: 'POST', path: '/v1/webhooks/:id/deliveries/:message/replay' },
    summary: 'Send one message again now',
    in_path: z.object({ id: z.string(), message: z.string() }),
    answers: { 200: json(attempt, 'How it went.') },
    example: { path: { id: 'whk_none', message: 'msg_none' } },
  },
)
