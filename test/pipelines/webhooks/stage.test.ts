import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { steadyClock, systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { StageDeps } from '../../../pipelines/stages/stage.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { VaultError } from '../../../pipelines/vault/error.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'
import { deliveryLedger } from '../../../pipelines/webhooks/ledger.ts'
import { webhookRegistry } from '../../../pipelines/webhooks/registry.ts'
import { newSecret } from '../../../pipelines/webhooks/sign.ts'
import { webhooksStage } from '../../../pipelines/webhooks/stage.ts'
import { type Webhook, webhookDefinition } from '../../../pipelines/webhooks/webhook.ts'
import { type AlertRecord, alertPartition } from '../../../schemas/alerts.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { alert, alertOnLog } from '../../support/alert.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { mortal } from '../../support/mortal.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations')))

/** Sealing has tests of its own. */
const plain = async (): Promise<Vault> =>
  ({ sealRaw: async (_t: string, raw: string) => raw, openRaw: async (_t: string, sealed: string) => sealed }) as Vault

const SECRET = newSecret(systemRandomBytes)
const closing: (() => unknown)[] = []
let log: MemoryLog
let tenant: string
let number = 0

beforeEach(async () => {
  log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
  tenant = `t${number++}`
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await test.store.command('TRUNCATE TABLE webhooks')
})

async function receiver(...secrets: string[]): Promise<Receiver> {
  const one = await startReceiver(secrets.length > 0 ? secrets : [SECRET])
  closing.push(() => one.close())
  return one
}

async function tell(...records: Partial<AlertRecord>[]): Promise<void> {
  for (const record of records) {
    const full = alert({ tenant, ...record })
    await log.append(TOPICS.alerts.name, alertPartition(full.tenant, TOPICS.alerts.partitions), [alertOnLog(full)])
  }
}

const registry = () => webhookRegistry(test.store, plain)

async function put(to: Receiver, more: Partial<Webhook> = {}): Promise<Webhook> {
  const shape = webhookDefinition.parse({ url: to.url })
  const head = { tenant, id: `whk_${tenant}_${to.allow}`, version: 1, epoch: 1, from_offset: 0 }
  const webhook = { ...shape, ...head, created_at: '', secrets: [{ secret: SECRET, until_ms: null }], ...more }
  await registry().put(webhook)
  await log.append(TOPICS.webhook_changes.name, 0, [{ key: Buffer.from(tenant), value: Buffer.from('{}') }])
  return webhook
}

/** Runs the stage until the end of the test, or until it is stopped. */
function run(allow: readonly Receiver[], over: Partial<StageDeps> = {}, delays: readonly number[] = [30, 30, 30]) {
  const stop = new AbortController()
  const warnings: string[] = []
  const logger = { info: () => undefined, warn: (text: string) => warnings.push(text), error: () => undefined }
  const deps = { log, store: test.store, vault: plain, clock: systemClock, steady: steadyClock, logger, ...over }
  const parts = { ...deps, randomBytes: systemRandomBytes, webhook_allow: allow.map((one) => one.allow) }
  const running = webhooksStage({ delays }).run(parts as unknown as StageDeps, stop.signal)
  running.catch(() => undefined)
  const ended = async () => {
    stop.abort()
    await running.catch(() => undefined)
  }
  closing.push(ended)
  return { running, warnings, stop: ended }
}

const ids = ({ received }: Receiver) => received.map(({ id }) => Number(id.split('_').at(-1)))
const count = (to: Receiver, wanted: number) => to.until((received) => received.length >= wanted)
/** The machine may be busy. */
const eventually = <T>(look: () => T) => expect.poll(look)
const attempts = (webhook: Webhook, store: Store = test.store) =>
  deliveryLedger(store).list(webhook, Number.MAX_SAFE_INTEGER, 100)

describe('the webhooks stage', () => {
  it('delivers what a webhook asked for, in order, and what is the tenant’s own', async () => {
    const to = await receiver()
    const webhook = await put(to, {
      filter: { ...webhookDefinition.parse({ url: 'x' }).filter, severity_min: 'warning' },
    })
    await tell({ revision: 1 }, { revision: 2, severity: 'info' }, { revision: 3, muted: true }, { revision: 4 })
    await tell({ revision: 5, tenant: 'somebody-else' })
    run([to])
    await count(to, 2)
    await tell({ revision: 6, state: 'resolved', snoozed_until: '2999-01-01T00:00:00.000Z' })
    await tell({ revision: 7, snoozed_until: '2999-01-01T00:00:00.000Z' }, { revision: 8 })
    await count(to, 4)
    expect(ids(to)).toEqual([1, 4, 6, 8])
    await eventually(() => attempts(webhook)).toHaveLength(4)
    expect(await attempts(webhook)).toContainEqual(
      expect.objectContaining({ attempt: 1, outcome: 'delivered', status: 204, next_at_ms: 0, cause: 'schedule' }),
    )
  })

  it('tries again what failed, under the same id and in the same bytes, also after a restart', async () => {
    const to = await receiver()
    const webhook = await put(to)
    to.answers.push(500, 503, 302)
    await tell({ revision: 1 }, { revision: 2 })
    const first = run([to], {}, [200, 30, 30])
    await count(to, 2)
    await eventually(() => attempts(webhook)).toHaveLength(2)
    await first.stop()
    run([to])
    await count(to, 5)
    await eventually(async () =>
      (await attempts(webhook)).filter(({ outcome }) => outcome === 'delivered'),
    ).toHaveLength(2)
    for (const revision of [1, 2]) {
      const same = to.received.filter(({ id }) => id.endsWith(`_${revision}`))
      expect(new Set(same.map(({ body }) => body)).size).toBe(1)
    }
    expect(await deliveryLedger(test.store).pending(webhook)).toEqual([])
  })

  it('gives up after the last delay', async () => {
    const to = await receiver()
    const webhook = await put(to)
    to.answers.push(500, 500, 500)
    await tell({ revision: 1 })
    run([to], {}, [10, 10])
    await count(to, 3)
    await eventually(() => attempts(webhook)).toHaveLength(3)
    expect((await attempts(webhook))[0]).toMatchObject({ attempt: 3, outcome: 'failed', next_at_ms: 0 })
  })

  it('stops at 410, for good, until it begins a new epoch', async () => {
    const to = await receiver()
    const webhook = await put(to)
    to.answers.push(410)
    await tell({ revision: 1 }, { revision: 2 })
    const { warnings, stop } = run([to])
    await eventually(() => warnings).toHaveLength(1)
    await stop()
    run([to])
    await tell({ revision: 3 })
    expect(await deliveryLedger(test.store).place(webhook)).toMatchObject({ gone: true })
    expect(ids(to)).toEqual([1])
    await put(to, { version: 2, epoch: 2, from_offset: 1 })
    await count(to, 3)
    expect(ids(to)).toEqual([1, 2, 3])
  })

  it('tells the others when one secret cannot be opened', async () => {
    const [broken, well] = [await receiver(), await receiver()]
    const one = await put(broken)
    await put(well)
    const openRaw = async (_t: string, sealed: string) => {
      if (sealed === JSON.stringify([])) throw new VaultError('decryption_failed', 'damaged')
      return sealed
    }
    await registry().put({ ...one, version: 2, secrets: [] })
    await tell({ revision: 1 })
    const { warnings } = run([broken, well], { vault: async () => ({ openRaw }) as unknown as Vault })
    await count(well, 1)
    expect(warnings[0]).toContain(`webhook ${one.id} is told nothing`)
    expect(broken.received).toEqual([])
  })

  it('lets nobody wait for a receiver that is slow', async () => {
    const [slow, quick] = [await receiver(), await receiver()]
    slow.answers.push('silent')
    await put(slow)
    await put(quick)
    await tell({ revision: 1 }, { revision: 2 }, { revision: 3 })
    run([slow, quick])
    await Promise.all([count(quick, 3), count(slow, 1)])
    expect(ids(slow)).toEqual([1])
  })

  it('signs with both secrets while a rotation lasts, from the moment it is told', async () => {
    const newer = newSecret(systemRandomBytes)
    const to = await receiver(SECRET)
    await put(to)
    await tell({ revision: 1 })
    run([to])
    await count(to, 1)
    const until_ms = systemClock() + 60_000
    await put(to, {
      version: 2,
      secrets: [
        { secret: newer, until_ms: null },
        { secret: SECRET, until_ms },
      ],
    })
    await eventually(async () => {
      await tell({ revision: to.received.length + 1 })
      await count(to, to.received.length)
      return to.received.at(-1)!.signatures
    }).toBe(2)
  })

  it.each([1, 2, 3, 4].flatMap((n) => (['before', 'after'] as const).map((when) => ({ n, when }))))(
    'loses nothing when it dies $when insert $n',
    async ({ n, when }) => {
      const to = await receiver()
      const webhook = await put(to)
      to.answers.push(204, 500)
      await tell({ revision: 1 }, { revision: 2 }, { revision: 3 })
      const dying = run([to], mortal(log, test.store, n, when))
      await Promise.race([dying.running.catch(() => undefined), count(to, 4)])
      await dying.stop()
      run([to])
      await eventually(
        async () => (await attempts(webhook)).filter(({ outcome }) => outcome === 'delivered').length,
      ).toBeGreaterThanOrEqual(3)
      expect(new Set(ids(to))).toEqual(new Set([1, 2, 3]))
      expect(new Set(to.received.map(({ body }) => body)).size).toBe(3)
      expect(await deliveryLedger(test.store).pending(webhook)).toEqual([])
    },
  )
})
