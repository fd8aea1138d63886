import { z } from 'zod'
import type { Clock, RandomBytes } from '../../pipelines/clock.ts'
import { heldOffset, offsetSince } from '../../pipelines/feed/feed.ts'
import type { Log } from '../../pipelines/log/port.ts'
import type { Ledger, Place } from '../../pipelines/webhooks/ledger.ts'
import type { Registry } from '../../pipelines/webhooks/registry.ts'
import { newSecret } from '../../pipelines/webhooks/sign.ts'
import { readTarget } from '../../pipelines/webhooks/target.ts'
import { type Secret, type Webhook, webhookDefinition, webhookFilter } from '../../pipelines/webhooks/webhook.ts'
import { alertPartition } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { ApiError } from '../problem.ts'
import { newId } from './commands.ts'

export type WebhookParts = {
  readonly registry: Registry
  readonly ledger: Ledger
  readonly log: Log
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  /** OMNIFY_WEBHOOK_ALLOW */
  readonly allow: readonly string[]
}

export const newWebhook = webhookDefinition
/** What is left out stays as it is. */
export const webhookChange = z.strictObject({
  url: webhookDefinition.shape.url.optional(),
  format: webhookDefinition.shape.format.unwrap().optional(),
  description: webhookDefinition.shape.description.unwrap().optional(),
  filter: webhookFilter.optional(),
  enabled: z.boolean().optional(),
})

/** A tenant's webhooks as it manages them. Every change is told to the stage that delivers. */
export type Webhooks = {
  list(tenant: string): Promise<readonly WebhookView[]>
  /** @throws ApiError `not_found` */
  get(tenant: string, id: string): Promise<Webhook>
  view(webhook: Webhook): Promise<WebhookView>
  /** The secret is told this once. */
  add(tenant: string, body: z.output<typeof newWebhook>): Promise<{ webhook: Webhook; secret: string }>
  change(webhook: Webhook, body: z.output<typeof webhookChange>): Promise<Webhook>
  remove(webhook: Webhook): Promise<void>
  /** A new secret beside the old one, which signs for as long as `overlap_ms`. */
  rotate(webhook: Webhook, overlap_ms: number): Promise<string>
  /** Everything since a time is delivered again. */
  replay(webhook: Webhook, since_ms: number): Promise<void>
}

/** Without its secrets. `gone`: its receiver answered 410; enabling it again begins with what comes then. */
export type WebhookView = Omit<Webhook, 'secrets' | 'tenant' | 'from_offset' | 'epoch' | 'version'> & {
  readonly state: 'active' | 'paused' | 'gone'
}

export function makeWebhooks({ allow, clock, ledger, log, randomBytes, registry }: WebhookParts): Webhooks {
  const topic = TOPICS.alerts.name
  const partitionOf = async (tenant: string) => alertPartition(tenant, await log.partitions(topic))
  const endOf = async (tenant: string) => heldOffset(log, topic, await partitionOf(tenant), Number.POSITIVE_INFINITY)

  /** @throws ApiError `bad_request` for an address that nothing would ever be sent to */
  function checkUrl(url: string): void {
    const target = readTarget(url, allow)
    if ('refused' in target) throw new ApiError('bad_request', `the URL ${target.refused}`, { path: 'url' })
  }

  /** Stored, then told: who hears of it finds it. */
  async function save(webhook: Webhook, removed = false): Promise<Webhook> {
    await registry.put(webhook, removed)
    const told = { webhook: webhook.id, version: webhook.version }
    const record = { key: Buffer.from(webhook.tenant), value: Buffer.from(JSON.stringify(told)) }
    await log.append(TOPICS.webhook_changes.name, 0, [record])
    return webhook
  }

  async function view(webhook: Webhook): Promise<WebhookView> {
    return viewOf(webhook, await ledger.place(webhook))
  }

  return {
    view,
    list: async (tenant) => Promise.all((await registry.list(tenant)).map(view)),

    async get(tenant, id) {
      const found = await registry.get(tenant, id)
      if (found === undefined) throw new ApiError('not_found', `there is no webhook ${id}`)
      return found
    },

    async add(tenant, body) {
      checkUrl(body.url)
      if ((await registry.list(tenant)).length >= WEBHOOKS_MAX)
        throw new ApiError('bad_request', `a tenant has at most ${WEBHOOKS_MAX} webhooks`)
      const secret = newSecret(randomBytes)
      const webhook = await save({
        ...body,
        ...{ tenant, id: newId('whk', randomBytes), version: 1, epoch: 1, from_offset: await endOf(tenant) },
        created_at: new Date(clock()).toISOString(),
        secrets: [{ secret, until_ms: null }],
      })
      return { webhook, secret }
    },

    async change(webhook, body) {
      if (body.url !== undefined) checkUrl(body.url)
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      const place = await ledger.place(webhook)
      const back = body.enabled === true && (!webhook.enabled || place?.gone === true)
      const epoch = back ? { epoch: webhook.epoch + 1, from_offset: await endOf(webhook.tenant) } : {}
      return save({ ...webhook, ...given, ...epoch, version: webhook.version + 1 })
    },

    async remove(webhook) {
      await save({ ...webhook, version: webhook.version + 1 }, true)
    },

    async rotate(webhook, overlap_ms) {
      const secret = newSecret(randomBytes)
      const until_ms = clock() + overlap_ms
      // An older one than the last is not kept: a receiver follows one rotation at a time.
      const [last] = webhook.secrets
      const secrets: Secret[] = [
        { secret, until_ms: null },
        { secret: last!.secret, until_ms },
      ]
      await save({ ...webhook, secrets, version: webhook.version + 1 })
      return secret
    },

    async replay(webhook, since_ms) {
      const from_offset = await offsetSince(log, topic, await partitionOf(webhook.tenant), since_ms)
      await save({ ...webhook, from_offset, epoch: webhook.epoch + 1, version: webhook.version + 1 })
    },
  }
}

function viewOf(webhook: Webhook, place: Place | undefined): WebhookView {
  const { epoch: _epoch, from_offset: _from, secrets: _secrets, tenant: _tenant, version: _version, ...shown } = webhook
  return { ...shown, state: place?.gone === true ? 'gone' : webhook.enabled ? 'active' : 'paused' }
}

const WEBHOOKS_MAX = 20
