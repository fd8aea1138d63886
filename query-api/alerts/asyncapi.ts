import { z } from 'zod'
import { bodyOf, WEBHOOK_FORMATS } from '../../pipelines/webhooks/formats.ts'
import { messageId } from '../../pipelines/webhooks/lane.ts'
import { type AlertRecord, alertHeaders, alertRecord } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { eventId } from './place.ts'

/**
 * What subscribers are sent, as AsyncAPI 3.0: the schema of an alert is the one that its writers check it with, and the
 * headers are those that they write.
 */
export function asyncapi(): Readonly<Record<string, unknown>> {
  const { $schema: _, ...alert } = z.toJSONSchema(alertRecord, { io: 'output', target: 'draft-7' })
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Omnify: alerts',
      version: '1.0.0',
      description:
        'Every revision of every alert, at least once. The same id and revision have the same bytes wherever they come: on the stream, at a webhook, on Kafka.',
    },
    defaultContentType: 'application/json',
    servers: {
      engine: { host: '127.0.0.1:4000', protocol: 'http', description: 'The engine: OMNIFY_HOST and OMNIFY_PORT.' },
      kafka: { host: '127.0.0.1:9092', protocol: 'kafka', description: 'The log, where it is Apache Kafka.' },
    },
    channels: {
      stream: {
        address: '/v1/alerts/stream',
        title: 'Server-sent events',
        servers: [{ $ref: '#/servers/engine' }],
        messages: { alert: { $ref: '#/components/messages/alert' }, gap: { $ref: '#/components/messages/gap' } },
        bindings: { http: {} },
      },
      log: {
        address: TOPICS.alerts.name,
        title: 'Topic of the log',
        servers: [{ $ref: '#/servers/kafka' }],
        messages: { alert: { $ref: '#/components/messages/record' } },
        bindings: { kafka: { topic: TOPICS.alerts.name, partitions: TOPICS.alerts.partitions } },
      },
      webhook: {
        address: null,
        title: 'A receiver of the tenant’s own',
        description: 'Signed after the Standard Webhooks specification; managed under `/v1/webhooks`.',
        messages: Object.fromEntries(WEBHOOK_FORMATS.map((one) => [one, { $ref: `#/components/messages/${one}` }])),
      },
    },
    operations: {
      streamAlerts: sends('stream', 'Told as they come, and from any place again.', ['alert', 'gap']),
      writeAlerts: sends('log', 'Written as CloudEvents 1.0 in binary mode.', ['alert']),
      postAlerts: sends('webhook', 'Posted to whoever subscribed, tried again for 24 hours.', [...WEBHOOK_FORMATS]),
    },
    components: {
      schemas: { Alert: alert },
      messages: {
        alert: {
          name: 'alert',
          summary: `\`id\` is the record’s place on the log, such as \`${eventId(0, 17)}\`: send the last one back as Last-Event-ID.`,
          payload: { $ref: '#/components/schemas/Alert' },
        },
        gap: {
          name: 'gap',
          summary: 'The log no longer has so many records behind the Last-Event-ID: read `GET /v1/alerts`.',
          payload: { type: 'object', required: ['records'], properties: { records: { type: 'integer', minimum: 1 } } },
        },
        record: {
          name: 'alert',
          headers: textFields(alertHeaders(EXAMPLE)),
          payload: { $ref: '#/components/schemas/Alert' },
          bindings: { kafka: { key: { type: 'string', description: 'The tenant.' } } },
        },
        ...Object.fromEntries(WEBHOOK_FORMATS.map((format) => [format, webhookMessage(format)])),
      },
    },
  }
}

function sends(channel: string, summary: string, messages: readonly string[]) {
  return {
    ...{ action: 'send', channel: { $ref: `#/channels/${channel}` }, summary },
    messages: messages.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  }
}

function webhookMessage(format: (typeof WEBHOOK_FORMATS)[number]) {
  const body = JSON.parse(bodyOf(format, EXAMPLE, JSON.stringify(EXAMPLE))) as Record<string, unknown>
  const json = {
    type: 'object',
    required: Object.keys(body),
    properties: {
      type: { type: 'string', description: '`alert.` and the state.' },
      timestamp: { type: 'string', format: 'date-time' },
      data: { $ref: '#/components/schemas/Alert' },
    },
  }
  return {
    name: format,
    headers: {
      type: 'object',
      required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
      properties: {
        'webhook-id': { type: 'string', description: `The same for every attempt, such as \`${messageId(EXAMPLE)}\`.` },
        'webhook-timestamp': { type: 'string', description: 'Of the attempt, in seconds since 1970.' },
        'webhook-signature': { type: 'string', description: 'One `v1,…` for each secret that is good now.' },
      },
    },
    payload: format === 'json' ? json : { type: 'object', required: Object.keys(body) },
    ...(format === 'json' ? {} : { examples: [{ name: format, payload: body }] }),
  }
}

function textFields(example: Readonly<Record<string, string>>) {
  const names = Object.keys(example)
  const properties = names.map((name) => [name, { type: 'string', examples: [example[name]] }])
  return { type: 'object', required: names, properties: Object.fromEntries(properties) }
}

const EXAMPLE: AlertRecord = {
  ...{ id: `alr_${'0'.repeat(32)}`, revision: 1, tenant: 'demo', state: 'open', reason: 'detected', kind: 'anomaly' },
  ...{ title: 'orders fell', metric: 'orders', unit: 'count', currency: null, grain: 'hour', scope: {} },
  ...{ direction: 'down', onset_at: '2026-01-02T10:00:00.000Z', detected_at: '2026-01-02T12:00:00.000Z' },
  ...{ last_at: '2026-01-02T12:00:00.000Z', ended_at: null, observed: '10', expected: '40', interval: null },
  ...{ q_value: 0.001, severity: 'warning', money_at_stake: null, causes: [], sides: [], cause_class: 'unknown' },
  ...{ class_posterior: {}, evidence: [], watermark: '2026-01-02T12:00:00.000Z', data_age_ms: 0, parent: null },
  ...{ children: [], rule: null, muted: false, snoozed_until: null, acknowledged_by: null, acknowledged_at: null },
  feedback: null,
}
