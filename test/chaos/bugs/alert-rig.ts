import { steadyClock, systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { rulesStage } from '../../../pipelines/rules/stage.ts'
import type { Stage, StageDeps } from '../../../pipelines/stages/stage.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { webhookRegistry } from '../../../pipelines/webhooks/registry.ts'
import { newSecret } from '../../../pipelines/webhooks/sign.ts'
import { webhooksStage } from '../../../pipelines/webhooks/stage.ts'
import { type Webhook, webhookDefinition } from '../../../pipelines/webhooks/webhook.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'
import { insert } from '../../query-api/support/fill.ts'
import type { EngineUnderTest } from '../../support/engine.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { dataOf, differAlerts, revisionOf } from '../alerts/compare.ts'
import { DEATH, type Ports } from './break.ts'

/** A tenant with a rule, and everything that is told of it, for one run of one scenario. */
export type AlertRig = Ports & {
  readonly receiver: Receiver
  readonly webhook: Webhook
  /** So many orders in the next hour, which is over then. The rule says that more than five are too many. */
  hour(orders: number): Promise<void>
  /** Judges rules with what is given, until the process dies. */
  judgeUntilDeath(ports: Ports): Promise<void>
  /** The same of deliveries. */
  deliverUntilDeath(ports: Ports): Promise<void>
  /** Judges, or delivers, until what is wanted holds, then ends in order. */
  judgeUntil(ports: Ports, holds: () => boolean): Promise<void>
  deliverUntil(ports: Ports, holds: () => boolean): Promise<void>
  /** How often rules have read their buckets. */
  looks(): number
  /** Revisions on the topic. */
  told(): number
  /** Whether the newest of them is the end of its alert. */
  isOver(): boolean
  /** What does not hold of what was told. */
  findings(): Promise<string[]>
  close(): Promise<void>
}

export async function makeAlertRig(engine: EngineUnderTest, tenant: string): Promise<AlertRig> {
  const { vault } = engine
  let looks = 0
  const query: Store['query'] = (sql, ...rest) => {
    if (/FROM windows_hour\b/.test(sql)) looks++
    return engine.store.query(sql, ...rest)
  }
  const store = { ...engine.store, query }
  for (const table of ['alert_settings', 'detect_checkpoints', 'alerts', 'webhooks'])
    await store.command(`TRUNCATE TABLE ${table}`)
  const log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
  const secret = newSecret(systemRandomBytes)
  const receiver = await startReceiver([secret])
  const webhook: Webhook = {
    ...webhookDefinition.parse({ url: receiver.url }),
    ...{ tenant, id: `whk_${tenant}`, version: 1, epoch: 1, from_offset: 0, created_at: '' },
    secrets: [{ secret, until_ms: null }],
  }
  await webhookRegistry(store, async () => vault).put(webhook)
  const rule = { metric: 'orders', condition: { op: 'above', value: '5' }, scope: {}, grain: 'hour' }
  const body = { ...rule, name: '', buckets: 1, volume_min: 0, enabled: true }
  const command = { kind: 'rule', id: 'c', tenant, at: '2026-01-05T00:00:00Z', by: 'chaos', rule: 'r', body }
  const key = Buffer.from(tenant)
  await log.append(TOPICS.alert_commands.name, 0, [{ key, value: Buffer.from(JSON.stringify(command)) }])
  let hours = 0

  const records = () => log.all(TOPICS.alerts.name)
  const values = () => records().map(({ value }) => value!.toString())

  /** @returns when the stage has ended: by a death, or because what is wanted holds */
  async function run(stage: Stage, ports: Ports, holds: () => boolean): Promise<void> {
    const stop = new AbortController()
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const tenants = { get: async (name: string) => ({ name, currency: 'USD', zone: 'UTC' }) }
    const deps = { ...ports, tenants, vault: async () => vault, clock: systemClock, steady: steadyClock, logger }
    const parts = { ...deps, randomBytes: systemRandomBytes, webhook_allow: [receiver.allow] } as unknown as StageDeps
    const running = stage.run(parts, stop.signal).then(
      () => undefined,
      (error: Error) => error,
    )
    const poll = setInterval(() => holds() && stop.abort(), 10)
    const error = await running
    clearInterval(poll)
    if (error !== undefined && error.message !== DEATH) throw error
  }
  const rules = () => rulesStage({ pause_ms: 10 })
  const deliveries = () => webhooksStage({ delays: [] })
  const never = () => false

  return {
    log,
    store,
    receiver,
    webhook,
    async hour(orders) {
      const start_ms = START_MS + hours * HOUR_MS
      hours++
      const window = { tenant, platform: 'meta', currency: 'USD', slice: 'commerce', version: hours, orders, n: 1 }
      const cell = String(hours).padStart(16, '0')
      await insert(store, 'windows_hour', [{ ...window, day: '2026-01-05', start: start_ms / 1000, cell }])
      const mark = { tenant, source: 'shop', pipeline: 'facts', _topic: 'omnify.events', _partition: 0, events: 1 }
      await insert(store, 'watermarks', [{ ...mark, occurred_ms: start_ms + HOUR_MS, version: hours }])
      await log.append(TOPICS.window_changes.name, 0, [{ key, value: Buffer.from('{}') }])
    },
    judgeUntilDeath: (ports) => run(rules(), ports, never),
    deliverUntilDeath: (ports) => run(deliveries(), ports, never),
    judgeUntil: (ports, holds) => run(rules(), ports, holds),
    deliverUntil: (ports, holds) => run(deliveries(), ports, holds),
    looks: () => looks,
    told: () => records().length,
    isOver: () => values().at(-1)?.includes('"state":"resolved"') === true,
    async findings() {
      const rows = await store.query<[string, number, string]>(
        'SELECT id, revision, record FROM alerts WHERE tenant = {tenant:String} ORDER BY seq',
        { tenant },
        { format: 'JSONCompactEachRow' },
      )
      const topic = values().map((bytes, offset) => ({ ...revisionOf(bytes), offset }))
      return differAlerts({
        table: rows.map(([id, revision, bytes]) => ({ id, revision, bytes })),
        topic,
        stream: topic,
        webhook: receiver.received.map((message) => revisionOf(dataOf(message.body))),
      })
    },
    async close() {
      await receiver.close()
      await log.close()
    },
  }
}

const START_MS = Date.parse('2026-01-05T00:00:00Z')
