import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Caller, Tenants } from '../../../pipelines/tenants/port.ts'
import { deliveryLedger } from '../../../pipelines/webhooks/ledger.ts'
import { webhookRegistry } from '../../../pipelines/webhooks/registry.ts'
import type { QueryDeps } from '../../../query-api/deps.ts'
import { alertRoutes } from '../../../query-api/routes/alerts.ts'
import { alertWebhookRoutes } from '../../../query-api/routes/alerts-webhooks.ts'
import { answerFailures } from '../../../query-api/routes/failures.ts'
import { parseAlertCommand } from '../../../schemas/alert-commands.ts'
import { type AlertRecord, alertBytes, alertIdOf, alertPartition } from '../../../schemas/alerts.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { alert, alertOnLog } from '../../support/alert.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { useStore } from '../../support/store.ts'
import { createTables, insert } from '../support/fill.ts'

const context = useStore()
const plain = { sealRaw: async (_t: string, raw: string) => raw, openRaw: async (_t: string, sealed: string) => sealed }
const state: { app?: FastifyInstance; log?: MemoryLog; receiver?: Receiver } = {}
const secrets: string[] = []

beforeAll(async () => {
  await createTables(context.store)
  state.receiver = await startReceiver(secrets)
  const authenticate = async (key: string): Promise<Caller> => ({
    tenant: { name: key, currency: 'USD', zone: 'UTC' },
    ...{ key_id: 'k', scopes: ALL_SCOPES },
  })
  state.log = openMemoryLog()
  await state.log.ensureTopics(Object.values(TOPICS))
  const app = Fastify()
  await app.register(async (scope) => {
    answerFailures(scope)
    const deps = { store: context.store, log: state.log!, tenants: { authenticate } as unknown as Tenants }
    const all = { ...deps, clock: systemClock, randomBytes: systemRandomBytes } as unknown as QueryDeps
    alertRoutes(scope, all)
    const allow = [state.receiver!.allow]
    alertWebhookRoutes(scope, all, { vault: async () => plain, allow, resolve: async () => ['10.0.0.1'] })
  })
  state.app = app
})
afterAll(async () => {
  await state.app?.close()
  await state.receiver?.close()
})

async function ask(
  tenant: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  more = {},
) {
  const headers = { authorization: `Bearer ${tenant}`, ...more }
  const answer = await state.app!.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: answer.statusCode, text: answer.payload, body: answer.payload === '' ? null : answer.json() }
}

let seq = 0
async function write(...records: AlertRecord[]): Promise<void> {
  await insert(
    context.store,
    'alerts',
    records.map((record) => ({
      ...{ tenant: record.tenant, id: record.id, revision: record.revision, seq: seq++, state: record.state },
      ...{ kind: record.kind, metric: record.metric, detected_at: record.detected_at, record: alertBytes(record) },
    })),
  )
}

/** The n-th of some alerts that were detected an hour apart, of alternating platforms. */
function nth(tenant: string, n: number, over: Partial<AlertRecord> = {}): AlertRecord {
  const detected_at = `2026-01-02T${String(n).padStart(2, '0')}:00:00.000Z`
  const scope = { platform: n % 2 === 0 ? 'meta' : 'tik:tok' }
  const id = alertIdOf(tenant, 'anomaly', 'orders', 'hour', scope, Date.parse(detected_at))
  return alert({ tenant, id, scope, detected_at, ...over })
}

describe('alerts', () => {
  beforeAll(async () => {
    await write(...[0, 1, 2, 3, 4].map((n) => nth('acme', n)), nth('other', 9))
    await write(nth('acme', 3, { revision: 2, state: 'resolved', title: 'a "quoted" <title>' }))
  })
  const numbers = (body: { alerts: AlertRecord[] }) => body.alerts.map((one) => Number(one.detected_at.slice(11, 13)))
  const list = async (query: string, tenant = 'acme') => (await ask(tenant, 'GET', `/v1/alerts${query}`)).body

  it('are listed as their newest revisions, the latest first, in their own bytes', async () => {
    const { text } = await ask('acme', 'GET', '/v1/alerts')
    expect(numbers(JSON.parse(text))).toEqual([4, 3, 2, 1, 0])
    expect(text).toContain(alertBytes(nth('acme', 3, { revision: 2, state: 'resolved', title: 'a "quoted" <title>' })))
    expect(numbers(await list('', 'other'))).toEqual([9])
  })

  it.each([
    ['?state=open', [4, 2, 1, 0]],
    ['?state=resolved,retracted', [3]],
    ['?scope=platform:tik:tok', [3, 1]],
    ['?scope=platform:tik:tok&state=open', [1]],
    ['?since=2026-01-02T03:00:00Z', [4, 3]],
    ['?kind=threshold', []],
    ['?metric=orders&kind=anomaly,fatigue', [4, 3, 2, 1, 0]],
  ])('are filtered by %s', async (query, expected) => {
    expect(numbers(await list(query))).toEqual(expected)
  })

  it('come in pages that nothing new can shift', async () => {
    const first = await list('?limit=2')
    await write(nth('acme', 23))
    const second = await list(`?limit=2&cursor=${first.next}`)
    const third = await list(`?limit=2&cursor=${second.next}`)
    expect([first, second, third].map(numbers)).toEqual([[4, 3], [2, 1], [0]])
    expect(third.next).toBeNull()
  })

  it.each(['state=x', 'scope=x', 'since=yesterday', 'limit=0', 'limit=1001', 'cursor=x', 'strange=1'])(
    'refuse ?%s',
    async (query) => {
      expect((await ask('acme', 'GET', `/v1/alerts?${query}`)).status).toBe(400)
    },
  )

  it('are shown with their revisions to their own tenant only', async () => {
    const { id } = nth('acme', 3)
    const { body } = await ask('acme', 'GET', `/v1/alerts/${id}`)
    expect(body.alert.revision).toBe(2)
    expect(body.revisions.map((one: AlertRecord) => one.revision)).toEqual([1, 2])
    expect((await ask('other', 'GET', `/v1/alerts/${id}`)).status).toBe(404)
    expect((await ask('other', 'GET', '/v1/alerts/nope')).status).toBe(404)
    expect((await ask('other', 'POST', `/v1/alerts/${id}/acknowledge`, {})).status).toBe(404)
  })

  it('take a user’s word as a command on the log, once under one key', async () => {
    const { id, scope } = nth('acme', 1)
    const say = async (action: string, payload: object, more = {}) => {
      const { body, status } = await ask('acme', 'POST', `/v1/alerts/${id}/${action}`, payload, more)
      expect(status).toBe(202)
      const [record] = state.log!.all(TOPICS.alert_commands.name).slice(-1)
      expect(record!.key!.toString()).toBe('acme')
      const command = parseAlertCommand(record!.value!.toString())
      expect(command).toMatchObject({ id: body.command, tenant: 'acme' })
      return command
    }
    expect(await say('acknowledge', { by: 'ann' })).toMatchObject({ kind: 'acknowledge', alert: id, by: 'ann' })
    expect(await say('snooze', { until: '2026-01-03T00:00:00+02:00' })).toMatchObject({ kind: 'snooze', by: 'api' })
    const mute = await say('mute', {}, { 'idempotency-key': 'k1' })
    expect(mute).toMatchObject({ kind: 'mute', scope, metric: 'orders', until: null, id: 'acme:k1' })
    expect(await say('mute', {}, { 'idempotency-key': 'k1' })).toMatchObject({ id: mute.id, mute: mute.id })
    expect(await say('feedback', { verdict: 'expected', note: 'a sale' })).toMatchObject({ verdict: 'expected' })
    for (const [action, payload] of [
      ['snooze', {}],
      ['feedback', { verdict: 'perhaps' }],
      ['acknowledge', { strange: 1 }],
    ] as const)
      expect((await ask('acme', 'POST', `/v1/alerts/${id}/${action}`, payload)).status).toBe(400)
  })
})

describe('webhooks', () => {
  beforeEach(() => {
    secrets.length = 0
  })
  const ledger = () => deliveryLedger(context.store)
  const add = async (tenant: string, more: object = {}) => {
    const { body, status } = await ask(tenant, 'POST', '/v1/webhooks', { url: state.receiver!.url, ...more })
    expect(status).toBe(201)
    return body as { id: string; secret: string }
  }

  it('are added with a secret that is told once', async () => {
    const { id, secret } = await add('w1', { filter: { severity_min: 'critical' } })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { text } = await ask('w1', 'GET', '/v1/webhooks')
    expect(text).not.toContain('whsec_')
    expect(JSON.parse(text).webhooks).toMatchObject([{ id, state: 'active', format: 'json' }])
    expect((await ask('w2', 'GET', '/v1/webhooks')).body).toEqual({ webhooks: [] })
    for (const method of ['GET', 'DELETE'] as const)
      expect((await ask('w2', method, `/v1/webhooks/${id}`)).status).toBe(404)
    expect((await ask('w1', 'DELETE', `/v1/webhooks/${id}`)).status).toBe(204)
    expect((await ask('w1', 'GET', `/v1/webhooks/${id}`)).status).toBe(404)
  })

  it.each(['http://example.com/', 'https://127.0.0.1/', 'https://[::ffff:a9fe:a9fe]/', 'x'])(
    'refuse %s',
    async (url) => {
      expect((await ask('w3', 'POST', '/v1/webhooks', { url })).body).toMatchObject({ status: 400, path: 'url' })
    },
  )

  it('send a test that the receiver can verify, with both secrets while a rotation lasts', async () => {
    const { id, secret } = await add('w4')
    const rotated = (await ask('w4', 'POST', `/v1/webhooks/${id}/rotate-secret`, { overlap_hours: 1 })).body.secret
    secrets.push(secret, rotated)
    const { body } = await ask('w4', 'POST', `/v1/webhooks/${id}/test`)
    expect(body).toMatchObject({ outcome: 'delivered', status: 204, cause: 'test', attempt: 1 })
    expect(state.receiver!.received.at(-1)).toMatchObject({ id: body.message, signatures: 2 })
    const log = (await ask('w4', 'GET', `/v1/webhooks/${id}/deliveries?limit=10`)).body
    expect(log.deliveries).toEqual([body])
  })

  it('tell in the log why nothing went out', async () => {
    const { id } = await add('w5', { url: 'https://example.com/' })
    const { body } = await ask('w5', 'POST', `/v1/webhooks/${id}/test`)
    expect(body).toMatchObject({ outcome: 'failed', status: 0, detail: expect.stringContaining('10.0.0.1') })
  })

  it('send one message again, in its own bytes', async () => {
    const { id, secret } = await add('w6')
    secrets.push(secret)
    const record = alert({ tenant: 'w6' })
    const partition = alertPartition('w6', TOPICS.alerts.partitions)
    const offset = await state.log!.append(TOPICS.alerts.name, partition, [alertOnLog(record)])
    const message = `${record.id}_1`
    const tried = { message, offset, attempt: 2, cause: 'schedule', outcome: 'failed', status: 500 } as const
    const rest = { at_ms: 1_000, detail: '', duration_ms: 1, next_at_ms: 0 }
    await ledger().note({ tenant: 'w6', id }, [{ ...tried, ...rest, at_ms: systemClock() - 1_000 }])
    const again = (await ask('w6', 'POST', `/v1/webhooks/${id}/deliveries/${message}/replay`)).body
    expect(again).toMatchObject({ outcome: 'delivered', cause: 'manual', attempt: 3, message })
    expect(JSON.parse(state.receiver!.received.at(-1)!.body).data).toEqual(record)
    expect((await ask('w6', 'POST', `/v1/webhooks/${id}/deliveries/unknown/replay`)).status).toBe(404)
  })

  it('begin a new epoch when all is to be said again, or when they are enabled again', async () => {
    const { id } = await add('w7')
    const registry = webhookRegistry(context.store, async () => plain)
    const epoch = async () => (await registry.get('w7', id))!
    await state.log!.append(TOPICS.alerts.name, alertPartition('w7', TOPICS.alerts.partitions), [
      alertOnLog(alert({ tenant: 'w7' })),
    ])
    expect(await epoch()).toMatchObject({ epoch: 1, version: 1 })
    const since = new Date(systemClock() - 60_000).toISOString()
    expect((await ask('w7', 'POST', `/v1/webhooks/${id}/replay`, { since })).status).toBe(202)
    expect(await epoch()).toMatchObject({ epoch: 2, version: 2, from_offset: 0 })
    await ask('w7', 'PATCH', `/v1/webhooks/${id}`, { enabled: false })
    expect((await ask('w7', 'GET', `/v1/webhooks/${id}`)).body.state).toBe('paused')
    await ask('w7', 'PATCH', `/v1/webhooks/${id}`, { enabled: true, description: 'again' })
    const { end } = (await state.log!.bounds(TOPICS.alerts.name))[alertPartition('w7', TOPICS.alerts.partitions)]!
    expect(await epoch()).toMatchObject({ epoch: 3, version: 4, from_offset: end, description: 'again' })
    await ledger().movePlace({ tenant: 'w7', id, epoch: 3 }, { next_offset: end, gone: true })
    expect((await ask('w7', 'GET', `/v1/webhooks/${id}`)).body.state).toBe('gone')
  })
})
