import { z } from 'zod'
import { alertRule } from '../../../schemas/alert-commands.ts'
import { alertScope } from '../../../schemas/alerts.ts'
import { newDryRun, newEvent, newRule, newSettings } from '../../routes/alerts-settings.ts'
import { operations } from '../operation.ts'
import { names, rfc3339 } from '../schemas.ts'

const rule = alertRule.extend({ id: z.string() }).register(names, { id: 'AlertRule' })
const event = z
  .looseObject({ id: z.string(), title: z.string(), scope: alertScope, from: rfc3339, to: rfc3339, by: z.string() })
  .register(names, { id: 'ExpectedEvent' })
const mute = z.looseObject({
  ...{ id: z.string(), metric: z.string().nullable(), scope: alertScope, until: rfc3339.nullable(), by: z.string() },
})
const episode = z.looseObject({
  ...{ onset_at: rfc3339, ended_at: rfc3339.nullable(), observed: z.string(), expected: z.string().nullable() },
})
const by = z.string().min(1).max(256).default('api').describe('Who says so, for those who read it later.')
const told = z
  .looseObject({ command: z.string(), kind: z.string() })
  .describe('The command as it lies on the log. It is carried out a moment later; then the lists show it.')

const json = (schema: z.ZodType, says: string) => ({ says, content: { 'application/json': schema } })
const read = { tag: 'Alerts', method: 'GET', opened_by: 'alerts:read' } as const
const write = { tag: 'Alerts', opened_by: 'alerts:write', answers: { 202: json(told, 'Taken.') } } as const
const in_path = z.object({ id: z.string() })
const in_headers = z.object({ 'idempotency-key': z.string().optional() })
const errors = ['bad_request', 'unknown_measure', 'unknown_dimension', 'log_unavailable'] as const
const removing = { ...write, method: 'DELETE', in_path, in_headers, errors: ['not_found', 'log_unavailable'] } as const
const none = { path: { id: 'none' } }
const example_rule = { metric: 'orders', condition: { op: 'below', value: '5' }, grain: 'hour' }

export const ALERT_SETTINGS = operations(
  {
    ...{ ...read, id: 'listAlertRules', path: '/v1/alert-rules', summary: 'Threshold rules' },
    answers: { 200: json(z.object({ rules: z.array(rule) }), 'Those that were not removed.') },
    example: {},
  },
  {
    ...{ ...read, id: 'getAlertRule', path: '/v1/alert-rules/:id', summary: 'One rule', in_path },
    answers: { 200: json(rule, 'The rule.') },
    errors: ['not_found'],
    example: none,
  },
  {
    ...{ ...write, id: 'addAlertRule', method: 'POST', path: '/v1/alert-rules', summary: 'Add a rule', in_headers },
    body: { 'application/json': newRule.extend({ by }) },
    errors,
    example: { body: example_rule },
  },
  {
    ...{ ...write, id: 'changeAlertRule', method: 'PUT', path: '/v1/alert-rules/:id', summary: 'Replace a rule' },
    ...{ in_path, in_headers },
    body: { 'application/json': newRule.extend({ by }) },
    errors: [...errors, 'not_found'],
    example: { ...none, body: example_rule },
  },
  {
    ...{ ...removing, id: 'removeAlertRule', path: '/v1/alert-rules/:id', summary: 'Remove a rule' },
    example: none,
  },
  {
    ...{ ...read, id: 'tryAlertRule', method: 'POST', path: '/v1/alert-rules/dry-run' },
    summary: 'How many alerts a rule would have raised',
    body: { 'application/json': newDryRun },
    answers: {
      200: json(
        z.object({
          ...{ from: rfc3339, to: rfc3339, alerts: z.int(), judged: z.int(), unjudged: z.int() },
          episodes: z.array(episode),
        }),
        'What it would have done; the latest hundred episodes.',
      ),
    },
    errors: ['bad_request', 'bad_range', 'unknown_measure', 'unknown_dimension'],
    example: { body: { rule: example_rule } },
  },
  {
    ...{ id: 'asyncapi', tag: 'Operation', method: 'GET', path: '/v1/asyncapi.json', opened_by: 'anybody' },
    summary: 'What subscribers of alerts are sent',
    answers: { 200: json(z.looseObject({ asyncapi: z.string() }), 'AsyncAPI 3.0.') },
    example: {},
  },
  {
    ...{ ...read, id: 'listExpectedEvents', path: '/v1/expected-events', summary: 'Sales, launches: what is expected' },
    answers: { 200: json(z.object({ events: z.array(event) }), 'Those that were not removed.') },
    example: {},
  },
  {
    ...{ ...write, id: 'addExpectedEvent', method: 'POST', path: '/v1/expected-events', in_headers },
    summary: 'Say that something is going to happen',
    body: { 'application/json': newEvent.extend({ by }) },
    errors: ['bad_request', 'bad_range', 'log_unavailable'],
    example: { body: { title: 'Sale', from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' } },
  },
  {
    ...{ ...removing, id: 'removeExpectedEvent', path: '/v1/expected-events/:id', summary: 'Take it back' },
    example: none,
  },
  {
    ...{ ...read, id: 'listAlertMutes', path: '/v1/alert-mutes', summary: 'What nobody is told of' },
    answers: { 200: json(z.object({ mutes: z.array(mute) }), 'Those that were not removed.') },
    example: {},
  },
  {
    ...{ ...removing, id: 'removeAlertMute', path: '/v1/alert-mutes/:id', summary: 'Tell of it again' },
    example: none,
  },
  {
    ...{
      ...read,
      id: 'getAlertSettings',
      path: '/v1/alert-settings',
      summary: 'How many false alerts are put up with',
    },
    answers: { 200: json(z.object({ alerts_a_day: z.number().nullable() }), 'Null where nobody has said.') },
    example: {},
  },
  {
    ...{ ...write, id: 'changeAlertSettings', method: 'PUT', path: '/v1/alert-settings', in_headers },
    summary: 'Say how many false alerts a day are put up with',
    body: { 'application/json': newSettings.extend({ by }) },
    errors: ['bad_request', 'log_unavailable'],
    example: { body: { alerts_a_day: 1 } },
  },
)
