import { z } from 'zod'
import { ALERT_KINDS, ALERT_STATES, alertId, alertRecord, FEEDBACK_VERDICTS } from '../../../schemas/alerts.ts'
import { operations } from '../operation.ts'
import { names, rfc3339 } from '../schemas.ts'

const alert = alertRecord.register(names, { id: 'Alert' })
const in_path = z.object({ id: alertId })
const example_id = { id: 'alr_00000000000000000000000000000000' }
const by = z.string().min(1).max(256).default('api').describe('Who says so, for those who read it later.')
const told = z
  .looseObject({ command: z.string(), kind: z.string() })
  .describe('The command as it lies on the log; the next revision of the alert shows its effect.')
const text = z.string().optional()

const read = { tag: 'Alerts', opened_by: 'alerts:read' } as const
const say = {
  ...({ method: 'POST', tag: 'Alerts', opened_by: 'alerts:write', in_path } as const),
  in_headers: z.object({ 'idempotency-key': text.describe('Sent again with the same key, a word is the same word.') }),
  answers: { 202: { says: 'Taken.', content: { 'application/json': told } } },
  errors: ['bad_request', 'not_found', 'log_unavailable'],
} as const

export const ALERTS = operations(
  {
    ...{ ...read, id: 'listAlerts', method: 'GET', path: '/v1/alerts', summary: 'Alerts, the latest detected first' },
    in_query: z.object({
      state: text.describe(`With commas: ${ALERT_STATES.join(', ')}.`),
      kind: text.describe(`With commas: ${ALERT_KINDS.join(', ')}.`),
      metric: text,
      scope: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .describe('`dimension:value`, any number of times.'),
      since: rfc3339.optional().describe('Detected then or later.'),
      limit: text.describe('1 to 1,000; 100 when not given.'),
      cursor: text.describe('`next` of the page before.'),
    }),
    answers: {
      200: {
        says: 'Each alert as its newest revision.',
        content: { 'application/json': z.object({ alerts: z.array(alert), next: z.string().nullable() }) },
      },
    },
    errors: ['bad_request', 'bad_limit'],
    example: { query: 'state=open,updated&limit=5' },
  },
  {
    ...{ ...read, id: 'getAlert', method: 'GET', path: '/v1/alerts/:id', summary: 'One alert with all its revisions' },
    in_path,
    answers: {
      200: {
        says: 'The alert.',
        content: { 'application/json': z.object({ alert, revisions: z.array(alert) }) },
      },
    },
    errors: ['not_found'],
    example: { path: example_id },
  },
  {
    ...{ ...read, id: 'streamAlerts', method: 'GET', path: '/v1/alerts/stream' },
    summary: 'Alerts as they come, as server-sent events',
    details: 'Comes back after a break with `Last-Event-ID`. A browser, which cannot send a key, brings a ticket.',
    in_query: z.object({ since: rfc3339.optional(), ticket: text }),
    in_headers: z.object({ 'last-event-id': text }),
    answers: { 200: { says: 'Goes on until one side ends it.', content: { 'text/event-stream': 'text' } } },
    errors: ['bad_request'],
    example: { query: 'ticket=none' },
  },
  {
    ...{ ...read, id: 'createTicket', method: 'POST', path: '/v1/alerts/tickets' },
    summary: 'A ticket that opens the stream once, for a browser',
    answers: {
      201: {
        says: 'The ticket.',
        content: { 'application/json': z.object({ ticket: z.string(), expires_at: rfc3339 }) },
      },
    },
    example: {},
  },
  {
    ...{ ...say, id: 'acknowledgeAlert', path: '/v1/alerts/:id/acknowledge', summary: 'Say that somebody looks at it' },
    body: { 'application/json': z.object({ by }) },
    example: { path: example_id, body: { by: 'jo' } },
  },
  {
    ...{ ...say, id: 'snoozeAlert', path: '/v1/alerts/:id/snooze', summary: 'Tell nobody of it until a time' },
    body: { 'application/json': z.object({ by, until: rfc3339.nullable() }) },
    example: { path: example_id, body: { until: '2030-01-01T00:00:00Z' } },
  },
  {
    ...{ ...say, id: 'muteAlert', path: '/v1/alerts/:id/mute', summary: 'Tell nobody of its metric and scope' },
    body: { 'application/json': z.object({ by, until: rfc3339.nullable().default(null) }) },
    example: { path: example_id, body: {} },
  },
  {
    ...{ ...say, id: 'judgeAlert', path: '/v1/alerts/:id/feedback', summary: 'Say whether it was right' },
    body: {
      'application/json': z.object({ by, verdict: z.enum(FEEDBACK_VERDICTS), note: z.string().max(2000).default('') }),
    },
    example: { path: example_id, body: { verdict: 'expected' } },
  },
)
