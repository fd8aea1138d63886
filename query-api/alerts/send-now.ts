import { heldOffset } from '../../pipelines/feed/feed.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { bodyOf } from '../../pipelines/webhooks/formats.ts'
import type { Attempt, Ledger } from '../../pipelines/webhooks/ledger.ts'
import { type Message, type Sender, sendMessage } from '../../pipelines/webhooks/send.ts'
import { liveSecrets, type Webhook } from '../../pipelines/webhooks/webhook.ts'
import { type AlertRecord, alertBytes, alertPartition, parseAlert } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { ApiError } from '../problem.ts'

export type NowParts = { readonly ledger: Ledger; readonly log: Log; readonly sender: Sender }

/** Sends a made-up alert, so that somebody who sets a webhook up sees what will come. It says that it is a test. */
export async function sendTest(parts: NowParts, webhook: Webhook, id: string, signal: AbortSignal): Promise<Attempt> {
  const record = exampleAlert(webhook.tenant, parts.sender.clock())
  const message = { id, body: bodyOf(webhook.format, record, alertBytes(record)) }
  return sendNow(parts, webhook, message, { cause: 'test', offset: -1, attempt: 1 }, signal)
}

/**
 * Sends one message of the delivery log again, now, under its own id and in its own bytes.
 *
 * @throws ApiError `not_found` for a message that never was, or is on the log no more
 */
export async function sendAgain(
  parts: NowParts,
  webhook: Webhook,
  message: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const last = await parts.ledger.last(webhook, message)
  const missing = () => new ApiError('not_found', `there is no message ${message} that could be sent again`)
  if (last === undefined || last.offset < 0) throw missing()
  const topic = TOPICS.alerts.name
  const partition = alertPartition(webhook.tenant, await parts.log.partitions(topic))
  if ((await heldOffset(parts.log, topic, partition, last.offset)) !== last.offset) throw missing()
  const [found] = await parts.log.read(topic, partition, last.offset, { records_max: 1, bytes_max: 1, wait_ms: 0 })
  if (found?.offset !== last.offset || found.key?.toString() !== webhook.tenant) throw missing()
  const bytes = found.value!.toString()
  const body = bodyOf(webhook.format, parseAlert(bytes), bytes)
  const numbers = { cause: 'manual', offset: last.offset, attempt: last.attempt + 1 } as const
  return sendNow(parts, webhook, { id: message, body }, numbers, signal)
}

async function sendNow(
  { ledger, sender }: NowParts,
  webhook: Webhook,
  message: Message,
  numbers: Pick<Attempt, 'cause' | 'offset' | 'attempt'>,
  signal: AbortSignal,
): Promise<Attempt> {
  const at_ms = sender.clock()
  const to = { url: webhook.url, secrets: liveSecrets(webhook, at_ms) }
  const { retry_after_ms: _, ...sent } = await sendMessage(sender, to, message, numbers.attempt, signal)
  const attempt: Attempt = { ...sent, ...numbers, message: message.id, at_ms, next_at_ms: 0 }
  await ledger.note(webhook, [attempt])
  return attempt
}

function exampleAlert(tenant: string, now_ms: number): AlertRecord {
  const now = new Date(now_ms).toISOString()
  return {
    ...{ id: `alr_${'0'.repeat(32)}`, revision: 1, tenant, state: 'open', reason: 'detected', kind: 'anomaly' },
    title: 'This is a test: nothing has happened',
    ...{ metric: 'orders', unit: 'count', currency: null, grain: 'hour', scope: {}, direction: 'down' },
    ...{ onset_at: now, detected_at: now, last_at: now, ended_at: null },
    ...{ observed: '10', expected: '40', interval: { low: '28', high: '53' }, q_value: 0.001, severity: 'info' },
    ...{ money_at_stake: null, causes: [], sides: [], cause_class: 'unknown', class_posterior: {}, evidence: [] },
    ...{ watermark: now, data_age_ms: 0, parent: null, children: [], rule: null },
    ...{ muted: false, snoozed_until: null, acknowledged_by: null, acknowledged_at: null, feedback: null },
  }
}
