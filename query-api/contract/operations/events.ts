import { z } from 'zod'
import { operations } from '../operation.ts'
import { anyEvent, errorCode, names } from '../schemas.ts'

const accepted = z
  .object({
    accepted: z.int(),
    duplicate: z.int().describe('Came before with the same content; counted once.'),
    rejected: z.array(
      z.object({
        index: z.int().describe('Of the event in the request, from 0.'),
        code: errorCode,
        path: z.string(),
        reason: z.string(),
      }),
    ),
  })
  .register(names, { id: 'Accepted' })

const body = { 'application/json': accepted }

export const EVENTS = operations(
  {
    id: 'sendEvents',
    method: 'POST',
    path: '/v1/events',
    summary: 'Send events',
    details:
      'A JSON array of events, one event, or one a line (`application/x-ndjson`); gzip, deflate, br or zstd. At most 5 MB and 50,000 events. What was accepted is durable. The same event may be sent again: it is counted once.',
    tag: 'Events',
    opened_by: 'events:write',
    body: { 'application/json': z.union([z.array(anyEvent), anyEvent]), 'application/x-ndjson': 'text' },
    answers: {
      202: { says: 'Some or all were accepted, or had been.', content: body },
      422: { says: 'All were rejected, each with its reason.', content: body },
    },
    errors: [
      'invalid_json',
      'body_too_large',
      'too_many_events',
      'unsupported_media_type',
      'rate_limited',
      'log_slow',
      'log_full',
      'log_unavailable',
      'not_ready',
    ],
    example: { body: [] },
  },
  {
    id: 'shopifyWebhook',
    method: 'POST',
    path: '/v1/webhooks/shopify/:tenant',
    summary: 'Take a webhook of Shopify',
    details: 'Signed by Shopify with OMNIFY_SHOPIFY_WEBHOOK_SECRET; `X-Shopify-Topic` says what it is about.',
    tag: 'Events',
    opened_by: 'signature',
    in_path: z.object({ tenant: z.string() }),
    in_headers: z.object({ 'x-shopify-hmac-sha256': z.string(), 'x-shopify-topic': z.string() }),
    body: { 'application/json': z.looseObject({}).describe('The payload of the topic.') },
    answers: {
      200: {
        says: 'Taken, or of a topic that is not.',
        content: { 'application/json': z.looseObject({ accepted: z.int(), duplicate: z.int() }) },
      },
    },
    errors: ['bad_hmac', 'not_ready', 'not_found', 'invalid_event', 'body_too_large', 'log_full', 'log_unavailable'],
    example: { path: { tenant: 'acme' }, headers: { 'x-shopify-topic': 'orders/create' }, body: {} },
  },
  {
    id: 'listSchemas',
    method: 'GET',
    path: '/v1/schemas',
    summary: 'The JSON Schema of every event type',
    tag: 'Events',
    opened_by: 'anybody',
    answers: {
      200: {
        says: 'By type.',
        content: {
          'application/json': z.object({
            events: z.record(
              z.string(),
              z.object({ version: z.int(), summary: z.string(), schema: z.looseObject({}) }),
            ),
          }),
        },
      },
    },
    example: {},
  },
)
