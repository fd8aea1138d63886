import { tableFromIPC } from 'apache-arrow'
import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandomBytes } from '../../pipelines/clock.ts'
import type { Caller, Tenants } from '../../pipelines/tenants/port.ts'
import { queryApi } from '../../query-api/api.ts'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { ALL_SCOPES } from '../../schemas/scopes.ts'
import { openMemoryLog } from '../support/memory-log.ts'
import { useStore } from '../support/store.ts'
import { createTables, fillWindows, insert, insertDeliveries, insertOrders, insertWatermark } from './support/fill.ts'

const context = useStore()
const NOW = Date.parse('2025-06-01T00:00:00Z')
const state: { app?: FastifyInstance; waits: string[] } = { waits: [] }
const app = () => state.app!
const key = { authorization: 'Bearer right-key' }

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  await insertOrders(store, 't', [
    { id: 'o1', day: '1997-01-01', total_micros: 310_400_000 },
    { id: 'o2', day: '1997-01-02', total_micros: 1_000_000, platform: 'a"b,c' },
  ])
  await insertDeliveries(store, 't', [
    { day: '1997-01-01', campaign: 'c', conversions_micros: 2_500_000, spend_micros: 3 },
  ])
  await insertWatermark(store, 't', 'shop', '2025-01-04T00:00:00Z')
  await insertWatermark(store, 't', 'ads', '2025-01-05T00:00:00Z')
  const dead = { tenant: 't', source: 'shop', pipeline: 'facts', _topic: 'omnify.events', _partition: 0 }
  await insert(store, 'failed_events', [
    { ...dead, _offset: 1 },
    { ...dead, _offset: 2 },
    { ...dead, tenant: 'other', _offset: 3 },
  ])
  await insert(store, 'replays', [{ tenant: 't', _topic: 'omnify.events', _partition: 0, _offset: 2 }])
  await fillWindows(store, 't')

  const log = openMemoryLog({ clock: () => NOW - 90_000 })
  await log.ensureTopics([{ name: 'omnify.events', partitions: 2, retention_ms: 1e9, retention_bytes: 1e9 }])
  await log.append('omnify.events', 1, [
    { key: null, value: Buffer.from('a') },
    { key: null, value: Buffer.from('b') },
  ])
  const caller: Caller = { tenant: { name: 't', currency: 'USD', zone: 'UTC' }, key_id: 'k', scopes: ALL_SCOPES }
  const tenants: Pick<Tenants, 'authenticate'> = { authenticate: async (k) => (k === 'right-key' ? caller : undefined) }
  state.app = Fastify()
  await queryApi(state.app, {
    store,
    connect: () => store,
    log,
    tenants: tenants as Tenants,
    clock: () => NOW,
    randomBytes: systemRandomBytes,
    registry: new Registry(),
    groups: [{ pipeline: 'facts', group: 'omnify.facts', topic: 'omnify.events' }],
    ready: async () => state.waits,
  })
})

afterAll(() => state.app?.close())

describe('GET and POST /v1/metrics', () => {
  it('answer alike, with watermark and query id', async () => {
    const get = await app().inject({ url: '/v1/metrics?measures=orders,revenue&dimensions=day', headers: key })
    const post = await app().inject({
      method: 'POST',
      url: '/v1/metrics',
      headers: key,
      payload: { measures: ['orders', 'revenue'], dimensions: ['day'] },
    })
    const { query_id, ...answer } = get.json()
    expect(answer).toEqual({
      rows: [
        { day: '1997-01-01', orders: 1, revenue: '310.40', currency: 'USD', finality: 'final' },
        { day: '1997-01-02', orders: 1, revenue: '1.00', currency: 'USD', finality: 'final' },
      ],
      watermark: '2025-01-04T00:00:00.000Z',
    })
    expect(query_id).toMatch(/^[0-9a-f]{24}$/)
    expect(get.headers['x-omnify-query-id']).toBe(query_id)
    expect(post.json().rows).toEqual(answer.rows)
    expect(get.headers['cache-control']).toBe('no-store')
  })

  it('as CSV, quoted where it must be, with the watermark in a header', async () => {
    const csv = await app().inject({
      url: '/v1/metrics?measures=orders,conversions&dimensions=platform',
      headers: { ...key, accept: 'text/csv' },
    })
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(csv.headers['x-omnify-watermark']).toBe('2025-01-04T00:00:00.000Z')
    expect(csv.body).toBe('platform,orders,conversions\r\n"a""b,c",1,\r\nmeta,0,2.5\r\n,1,\r\n')
  })

  it('as an Arrow stream, with nulls', async () => {
    const arrow = await app().inject({
      url: '/v1/metrics?measures=orders,conversions,spend&dimensions=platform&format=arrow',
      headers: key,
    })
    expect(arrow.headers['content-type']).toBe('application/vnd.apache.arrow.stream')
    expect(arrow.headers['x-omnify-watermark']).toBe('2025-01-04T00:00:00.000Z')
    const rows = tableFromIPC(arrow.rawPayload)
      .toArray()
      .map((row) => ({ ...row.toJSON() }))
    expect(rows).toEqual([
      { platform: 'a"b,c', orders: 1n, conversions: null, spend: null, currency: 'USD' },
      { platform: 'meta', orders: 0n, conversions: 2.5, spend: '0.000003', currency: 'USD' },
      { platform: null, orders: 1n, conversions: null, spend: null, currency: 'USD' },
    ])
  })

  it.each([
    [401, 'unauthorized', {}, {}],
    [401, 'unauthorized', { headers: { authorization: 'Bearer wrong' } }, {}],
    [401, 'unauthorized', { headers: { authorization: 'Basic right-key' } }, {}],
    [400, 'unknown_measure', { headers: key }, { url: '/v1/metrics?measures=sales' }],
    [
      400,
      'invalid_json',
      { headers: { ...key, 'content-type': 'application/json' }, method: 'POST', payload: '{' },
      {},
    ],
    [
      415,
      'unsupported_media_type',
      { headers: { ...key, 'content-type': 'text/xml' }, method: 'POST', payload: '<a/>' },
      {},
    ],
    [413, 'body_too_large', { headers: key, method: 'POST', payload: { measures: ['x'.repeat(300_000)] } }, {}],
    [406, 'not_acceptable', { headers: { ...key, accept: 'image/png' } }, {}],
    [406, 'not_acceptable', { headers: key }, { url: '/v1/metrics?measures=orders&format=xml' }],
  ] as const)('are refused with %i %s', async (status, code, request, more) => {
    const answer = await app().inject({
      method: 'GET',
      url: '/v1/metrics?measures=orders',
      ...request,
      ...more,
    } as object)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toMatch('application/problem+json')
    expect(answer.json()).toMatchObject({ type: `urn:omnify:error:${code}`, status, code })
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('names the part of the request that is wrong', async () => {
    const answer = await app().inject({ url: '/v1/metrics?measures=orders&from=2025-13-01', headers: key })
    expect(answer.json()).toMatchObject({ code: 'bad_range', path: 'from' })
  })
})

describe('GET /v1/status', () => {
  it('says how far the pipelines are, and what there is of the tenant', async () => {
    const status = (await app().inject({ url: '/v1/status', headers: key })).json()
    expect(status).toMatchObject({ tenant: 't' })
    expect(status.pipelines).toHaveLength(1)
    expect(status.pipelines[0]).toMatchObject({
      name: 'facts',
      lag_events: 2,
      lag_seconds: 90,
      failed_events: 1,
      rows: { fact_orders: 2, fact_delivery: 1, fact_refunds: 0 },
      watermarks: { shop: '2025-01-04T00:00:00.000Z', ads: '2025-01-05T00:00:00.000Z' },
      partitions: [
        { partition: 0, start: 0, end: 0, committed: -1, lag_events: 0 },
        { partition: 1, start: 0, end: 2, committed: -1, lag_events: 2 },
      ],
    })
  })

  it('needs a key', async () => {
    expect((await app().inject({ url: '/v1/status' })).statusCode).toBe(401)
  })
})

describe('health', () => {
  it('is live, ready and started each by itself', async () => {
    const statuses = async () =>
      Promise.all(['/livez', '/readyz', '/startupz'].map(async (url) => (await app().inject({ url })).statusCode))
    state.waits = ['the store is being restarted', 'the log replays']
    expect(await statuses()).toEqual([200, 503, 503])
    expect((await app().inject({ url: '/readyz' })).json()).toMatchObject({
      code: 'not_ready',
      detail: 'the store is being restarted; the log replays',
    })
    state.waits = []
    expect(await statuses()).toEqual([200, 200, 200])
    state.waits = ['the disk is full']
    expect(await statuses()).toEqual([200, 503, 200])
  })
})

describe('GET /metrics', () => {
  it('measures routes and not what somebody sent', async () => {
    await app().inject({ url: '/v1/metrics?measures=secret' })
    const text = (await app().inject({ url: '/metrics' })).body
    expect(text).toMatch(/omnify_query_seconds_count\{route="\/v1\/metrics",status="401"\} \d/)
    expect(text).not.toContain('secret')
  })
})

describe('GET /v1/schemas', () => {
  it('has the JSON Schema of every event type', async () => {
    const { events } = (await app().inject({ url: '/v1/schemas' })).json()
    expect(Object.keys(events).toSorted()).toEqual(FAMILIES.map((f) => f.type).toSorted())
    const order = events['order.observed'].schema
    expect(order.properties.type).toMatchObject({ const: 'order.observed' })
    expect(order.required).toEqual(expect.arrayContaining(['id', 'source', 'type', 'occurred_at', 'data']))
    expect(order.required).not.toContain('version')
    expect(order.properties.data.required).toEqual(
      expect.arrayContaining(['ordered_at', 'currency', 'total', 'status']),
    )
    expect(order.properties.data.additionalProperties).toBe(false)
  })
})

describe('limits', () => {
  it('turn into an answer about the question', async () => {
    const slow = Fastify()
    const { store } = context
    await queryApi(slow, {
      store: {
        ...store,
        query: (sql, params, request) =>
          store.query(sql, params, { ...request, settings: { ...request?.settings, max_rows_to_read: 1 } }),
      },
      connect: () => store,
      log: openMemoryLog({ clock: () => NOW }),
      tenants: {
        authenticate: async () => ({ tenant: { name: 't', currency: 'USD', zone: 'UTC' }, scopes: ALL_SCOPES }),
      } as unknown as Tenants,
      clock: () => NOW,
      randomBytes: systemRandomBytes,
      registry: new Registry(),
      groups: [],
      ready: async () => [],
    })
    const answer = await slow.inject({ url: '/v1/metrics?measures=orders', headers: key })
    expect(answer.json()).toMatchObject({ code: 'too_many_rows', status: 400 })
    await slow.close()
  })
})
