import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Caller, Tenants } from '../../../pipelines/tenants/port.ts'
import type { QueryDeps } from '../../../query-api/deps.ts'
import { alertSettingsRoutes } from '../../../query-api/routes/alerts-settings.ts'
import { answerFailures } from '../../../query-api/routes/failures.ts'
import { parseAlertCommand } from '../../../schemas/alert-commands.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { useStore } from '../../support/store.ts'
import { createTables, insert, insertWatermark } from '../support/fill.ts'

const context = useStore()
const state: { app?: FastifyInstance; log?: MemoryLog } = {}
const EVENT = { title: 'Sale', from: '2026-01-10T00:00:00Z', to: '2026-01-11T00:00:00Z' }
const RULE = { metric: 'orders', condition: { op: 'below', value: '5' }, grain: 'day' }

beforeAll(async () => {
  await createTables(context.store)
  state.log = openMemoryLog()
  await state.log.ensureTopics(Object.values(TOPICS))
  const authenticate = async (key: string): Promise<Caller> => ({
    tenant: { name: key, currency: 'USD', zone: 'UTC' },
    ...{ key_id: 'k', scopes: ALL_SCOPES },
  })
  state.app = Fastify()
  await state.app.register(async (scope) => {
    answerFailures(scope)
    const deps = { store: context.store, log: state.log!, tenants: { authenticate } as unknown as Tenants }
    alertSettingsRoutes(scope, { ...deps, clock: systemClock, randomBytes: systemRandomBytes } as unknown as QueryDeps)
  })
})
afterAll(() => state.app?.close())

async function ask(tenant: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${tenant}` }
  const answer = await state.app!.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: answer.statusCode, body: answer.json() }
}

/** Does what the stages do with a command that is a setting: keeps it, as they do. */
async function carryOut(kind: string, id: string, removed = false): Promise<void> {
  const records = state.log!.all(TOPICS.alert_commands.name)
  const body = records.at(-1)!.value!.toString()
  const { tenant } = parseAlertCommand(body)
  await insert(context.store, 'alert_settings', [
    { tenant, kind, id, version: records.length, removed: removed ? 1 : 0, body },
  ])
}

describe('what a tenant sets', () => {
  it('rules: added, shown once they are carried out, replaced and removed, each to its own tenant', async () => {
    const { body, status } = await ask('a', 'POST', '/v1/alert-rules', { ...RULE, by: 'ann' })
    expect(status).toBe(202)
    expect(body).toMatchObject({ kind: 'rule', body: { ...RULE, buckets: 1, volume_min: 0, enabled: true, scope: {} } })
    await carryOut('rule', body.rule)
    expect((await ask('a', 'GET', '/v1/alert-rules')).body.rules).toMatchObject([{ id: body.rule, ...RULE }])
    expect((await ask('b', 'GET', '/v1/alert-rules')).body.rules).toEqual([])
    for (const method of ['GET', 'DELETE'] as const)
      expect((await ask('b', method, `/v1/alert-rules/${body.rule}`)).status).toBe(404)
    const changed = await ask('a', 'PUT', `/v1/alert-rules/${body.rule}`, { ...RULE, buckets: 2 })
    expect(changed.body).toMatchObject({ rule: body.rule, body: { buckets: 2 } })
    expect((await ask('a', 'DELETE', `/v1/alert-rules/${body.rule}`)).body).toMatchObject({ kind: 'rule_removed' })
    await carryOut('rule', body.rule, true)
    expect((await ask('a', 'GET', `/v1/alert-rules/${body.rule}`)).status).toBe(404)
  })

  it.each([
    ['unknown_measure', { metric: 'customers' }],
    ['unknown_dimension', { scope: { product: 'x' } }],
    ['bad_request', { condition: { op: 'drops_by', value: '1' } }],
    ['bad_request', { condition: { op: 'rises_by', value: '-0.1' } }],
    ['bad_request', { strange: 1 }],
  ])('rules: answers %s to %o', async (code, over) => {
    expect((await ask('a', 'POST', '/v1/alert-rules', { ...RULE, ...over })).body.code).toBe(code)
  })

  it('rules: says over history how many alerts one would have raised', async () => {
    const days = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05']
    const row = { tenant: 'c', slice: 'commerce', n: 1, version: 1 }
    await insert(
      context.store,
      'windows_day_campaign',
      days.map((day, n) => ({ ...row, day, cell: day.padEnd(16), orders: [9, 2, 3, 9, 1][n] })),
    )
    await insertWatermark(context.store, 'c', 'shop', '2026-01-06T13:00:00Z')
    const body = { rule: RULE, from: '2026-01-01T00:00:00Z' }
    expect((await ask('c', 'POST', '/v1/alert-rules/dry-run', body)).body).toEqual({
      ...{ from: '2026-01-01T00:00:00.000Z', to: '2026-01-06T00:00:00.000Z', alerts: 2, judged: 5, unjudged: 0 },
      episodes: [
        {
          ...{ onset_at: '2026-01-02T00:00:00.000Z', ended_at: '2026-01-05T00:00:00.000Z' },
          ...{ observed: '3', expected: null },
        },
        { onset_at: '2026-01-05T00:00:00.000Z', ended_at: null, observed: '1', expected: null },
      ],
    })
    const far = { ...body, from: '1990-01-01T00:00:00Z' }
    expect((await ask('c', 'POST', '/v1/alert-rules/dry-run', far)).body.code).toBe('bad_range')
    expect((await ask('nobody', 'POST', '/v1/alert-rules/dry-run', body)).body.code).toBe('bad_range')
  })

  it('expected events and mutes: listed and taken back', async () => {
    const { body } = await ask('d', 'POST', '/v1/expected-events', EVENT)
    expect(body).toMatchObject({ kind: 'expected_event', ...EVENT, scope: {} })
    await carryOut('expected_event', body.event)
    expect((await ask('d', 'GET', '/v1/expected-events')).body.events).toMatchObject([{ id: body.event, ...EVENT }])
    expect((await ask('e', 'DELETE', `/v1/expected-events/${body.event}`)).status).toBe(404)
    const removed = await ask('d', 'DELETE', `/v1/expected-events/${body.event}`)
    expect(removed.body).toMatchObject({ kind: 'expected_event_removed', event: body.event })
    expect((await ask('d', 'POST', '/v1/expected-events', { ...EVENT, to: EVENT.from })).body.code).toBe('bad_range')
    expect((await ask('d', 'GET', '/v1/alert-mutes')).body).toEqual({ mutes: [] })
    expect((await ask('d', 'DELETE', '/v1/alert-mutes/none')).status).toBe(404)
  })

  it('how many false alerts are put up with', async () => {
    expect((await ask('f', 'GET', '/v1/alert-settings')).body).toEqual({ alerts_a_day: null })
    expect((await ask('f', 'PUT', '/v1/alert-settings', { alerts_a_day: 0.5 })).status).toBe(202)
    await carryOut('settings', '')
    expect((await ask('f', 'GET', '/v1/alert-settings')).body).toEqual({ alerts_a_day: 0.5 })
  })
})
