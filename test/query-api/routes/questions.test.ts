import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { createTables, fillWindows, insertDeliveries, insertOrders, insertWatermark } from '../support/fill.ts'
import { type Served, serve } from '../support/serve.ts'

const context = useStore()
const state: { served?: Served } = {}
const M = 1_000_000

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  await insertOrders(store, 't', [{ id: 'o1', day: '2025-01-01', total_micros: 5 * M }])
  await insertDeliveries(store, 't', [
    { day: '2025-01-01', platform: 'meta', level: 'campaign', campaign: 'a', spend_micros: M },
    { day: '2025-01-02', platform: 'tiktok', level: 'campaign', campaign: 'b', spend_micros: 2 * M },
  ])
  await insertWatermark(store, 't', 'ads', '2025-01-05T00:00:00Z')
  await fillWindows(store, 't')
  // Later than any clock: what has expired by the store's own clock, it drops.
  state.served = await serve(context, { clock: () => Date.parse('2100-01-01T00:00:00Z') })
  // The gate tests itself when it is first asked.
  await call('POST', '/v1/sql', { body: { sql: 'SELECT 1' } })
}, 240_000)
afterAll(() => state.served?.app.close())

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'
type More = { body?: object; headers?: Record<string, string>; key?: string }
const call = (method: Method, url: string, { body, headers = {}, key = 'key-t' }: More = {}) =>
  state.served!.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(body === undefined ? {} : { payload: body }),
  })

const PREFER = { prefer: 'wait=5, respond-async' }

async function ended(location: string, key = 'key-t') {
  for (;;) {
    const job = (await call('GET', location, { key })).json()
    if (job.state !== 'queued' && job.state !== 'running') return job
    await sleep(25)
  }
}

describe('Prefer: respond-async', () => {
  it('answers a question for metrics as a job, with the answer it would have had at once', async () => {
    const url = '/v1/metrics?measures=spend&dimensions=platform&format=csv'
    const accepted = await call('GET', url, { headers: PREFER })
    expect(accepted.statusCode, accepted.body).toBe(202)
    expect(accepted.headers['preference-applied']).toBe('respond-async')
    const location = String(accepted.headers.location)
    expect(location).toBe(`/v1/jobs/${accepted.json().id}`)
    const job = await ended(location)
    expect(job).toMatchObject({ kind: 'metrics', state: 'done', rows: 2, format: 'csv', result: `${location}/result` })
    expect(job.question).toEqual({ measures: ['spend'], dimensions: ['platform'] })
    const [result, at_once] = [await call('GET', `${location}/result`), await call('GET', url)]
    expect(result.body).toBe(at_once.body)
    expect(result.headers['content-type']).toBe(at_once.headers['content-type'])
    expect(result.headers['x-omnify-watermark']).toBe('2025-01-05T00:00:00.000Z')
    expect((await call('GET', location, { key: 'key-other' })).statusCode).toBe(404)
    expect((await call('GET', `${location}/result`, { key: 'key-other' })).statusCode).toBe(404)
    expect((await call('DELETE', location, { key: 'key-other' })).statusCode).toBe(404)
    expect((await call('DELETE', location)).statusCode).toBe(204)
    expect((await call('GET', location)).statusCode).toBe(404)
  })

  it('answers SQL as a job, to who may ask in SQL', async () => {
    const body = { sql: 'SELECT order_id, total_micros FROM orders WHERE total_micros > {n:Int64}', params: { n: 1 } }
    const accepted = await call('POST', '/v1/sql?format=ndjson', { headers: PREFER, body })
    expect(accepted.statusCode, accepted.body).toBe(202)
    const location = String(accepted.headers.location)
    expect(await ended(location)).toMatchObject({ kind: 'sql', state: 'done', question: body })
    expect((await call('GET', `${location}/result`)).body).toBe('{"order_id":"order o1","total_micros":"5000000"}\n')
    const key = 'key-t.metrics:read'
    expect((await call('GET', location, { key })).json()).toMatchObject({ code: 'forbidden' })
    expect((await call('GET', `${location}/result`, { key })).statusCode).toBe(403)
    const { jobs } = (await call('GET', '/v1/jobs', { key })).json()
    expect(jobs).toHaveLength(1)
    expect(jobs[0]).not.toHaveProperty('question')
  })

  it('refuses at once what cannot be asked, and says why what failed did', async () => {
    const refused = await call('GET', '/v1/metrics?measures=nothing', { headers: PREFER })
    expect(refused.json()).toMatchObject({ code: 'unknown_measure' })
    const accepted = await call('POST', '/v1/sql', { headers: PREFER, body: { sql: 'SELECT nowhere FROM orders' } })
    const location = String(accepted.headers.location)
    expect(await ended(location)).toMatchObject({ state: 'failed', problem: { code: 'sql_invalid', line: 1 } })
    const result = await call('GET', `${location}/result`)
    expect(result.statusCode).toBe(400)
    expect(result.headers['content-type']).toMatch('application/problem+json')
    expect(result.json()).toMatchObject({ code: 'sql_invalid' })
  })
})

const SPEND = {
  description: 'Spend of some platforms',
  parameters: {
    platforms: { type: 'text', list: true, values: ['meta', 'tiktok', 'google_ads'], default: ['meta', 'tiktok'] },
    from: { type: 'date', default: null },
  },
  metrics: {
    measures: ['spend'],
    dimensions: ['platform'],
    filters: [{ field: 'platform', op: 'in', value: { parameter: 'platforms' } }],
    from: { parameter: 'from' },
  },
}

describe('saved queries', () => {
  it('have versions, and run with typed parameters', async () => {
    const first = await call('PUT', '/v1/queries/spend', { body: SPEND })
    expect(first.statusCode, first.body).toBe(201)
    expect(first.json()).toMatchObject({ name: 'spend', version: 1, metrics: SPEND.metrics })
    expect((await call('PUT', '/v1/queries/spend', { body: SPEND })).statusCode).toBe(200)
    const run = async (query: string) => {
      const answer = await call('GET', `/v1/queries/spend/run${query}`)
      return answer.statusCode === 200
        ? answer.json().rows.map((row: { spend: string }) => row.spend)
        : answer.json().code
    }
    expect(await run('')).toEqual(['1.00', '2.00'])
    expect(await run('?platforms=tiktok')).toEqual(['2.00'])
    expect(await run('?from=2025-01-02')).toEqual(['2.00'])
    expect(await run('?platforms=amazon')).toBe('bad_parameter')
    expect(await run('?from=2025-02-30')).toBe('bad_parameter')
    expect(await run('?to=2025-02-01')).toBe('bad_parameter')
    expect(await run('?version=7')).toBe('not_found')
    expect(await run('?version=x')).toBe('bad_parameter')

    const changed = { ...SPEND, metrics: { ...SPEND.metrics, order: '-spend' } }
    expect((await call('PUT', '/v1/queries/spend', { body: changed })).json().version).toBe(2)
    expect(await run('')).toEqual(['2.00', '1.00'])
    expect(await run('?version=1')).toEqual(['1.00', '2.00'])
    expect((await call('GET', '/v1/queries/spend')).json()).toMatchObject({ version: 2, versions: [1, 2] })
    const page = await call('GET', '/v1/queries/spend/run?limit=1&format=csv')
    expect(page.headers['x-omnify-query-version']).toBe('2')
    expect(page.body).toBe('platform,spend,currency\r\ntiktok,2.00,USD\r\n')
    const cursor = String(page.headers['x-omnify-next-cursor'])
    expect((await call('GET', `/v1/queries/spend/run?limit=1&cursor=${cursor}`)).json().rows[0].platform).toBe('meta')
  })

  it('run in SQL, as jobs too, for who may', async () => {
    const body = {
      parameters: { least: { type: 'number' }, names: { type: 'text', list: true, default: [] } },
      sql: 'SELECT order_id FROM orders WHERE total_micros >= {least:Float64} AND NOT has({names:Array(String)}, order_id)',
    }
    expect((await call('PUT', '/v1/queries/large', { body, key: 'key-t.metrics:read,queries:write' })).statusCode).toBe(
      403,
    )
    expect((await call('PUT', '/v1/queries/large', { body })).statusCode).toBe(201)
    const url = '/v1/queries/large/run?least=1e3'
    expect((await call('GET', url)).json().rows).toEqual([['order o1']])
    expect((await call('GET', `${url}&names=${encodeURIComponent("order o1,x'y")}`)).json().rows).toEqual([])
    expect((await call('GET', '/v1/queries/large/run')).json()).toMatchObject({ code: 'bad_parameter', path: 'least' })
    expect((await call('GET', url, { key: 'key-t.metrics:read' })).json()).toMatchObject({ code: 'forbidden' })
    const accepted = await call('GET', url, { headers: PREFER })
    expect(await ended(String(accepted.headers.location))).toMatchObject({ state: 'done', kind: 'sql' })
  })

  it('in SQL that cannot run are not saved, and say where', async () => {
    const save = async (sql: string, parameters = {}) => {
      const answer = await call('PUT', '/v1/queries/wrong', { body: { sql, parameters } })
      const { code, column, line } = answer.json()
      return answer.statusCode === 201 ? 'saved' : [code, line, column]
    }
    expect(await save("SELECT 1,\n  file('/etc/passwd')")).toEqual(['sql_refused', 2, 3])
    expect(await save('SELECT order_id\nFROM orders SETTINGS max_threads = 1')).toEqual(['sql_refused', 2, 13])
    expect(await save('SELECT order_id,\n no_such FROM orders')).toEqual(['sql_invalid', 2, 2])
    expect(await save('SELECT * FROM system.tables')).toEqual(['sql_refused', 1, 15])
    expect(await save('SELECT (1')).toEqual(['sql_refused', undefined, undefined])
    expect((await call('GET', '/v1/queries/wrong')).statusCode).toBe(404)
    // What depends on values is not known yet.
    const text = { type: 'text' }
    const sql = 'SELECT toDate({d:String}) AS day, {u:UUID} AS u, {e:LowCardinality(Nullable(String))} AS e FROM orders'
    expect(await save(sql, { d: text, u: text, e: text })).toBe('saved')
    await call('DELETE', '/v1/queries/wrong')
  })

  it('are a tenant’s own, and gone when they are deleted', async () => {
    expect((await call('PUT', '/v1/queries/gone', { body: SPEND })).json().version).toBe(1)
    expect((await call('GET', '/v1/queries/gone/run', { key: 'key-other' })).statusCode).toBe(404)
    expect((await call('DELETE', '/v1/queries/gone', { key: 'key-other' })).statusCode).toBe(404)
    expect((await call('DELETE', '/v1/queries/gone', { key: 'key-t.metrics:read' })).statusCode).toBe(403)
    expect((await call('DELETE', '/v1/queries/gone')).statusCode).toBe(204)
    expect((await call('GET', '/v1/queries/gone/run')).statusCode).toBe(404)
    expect((await call('GET', '/v1/queries/gone/run?version=1')).statusCode).toBe(404)
    expect((await call('DELETE', '/v1/queries/gone')).statusCode).toBe(404)
    // A version never comes back as another.
    expect((await call('PUT', '/v1/queries/gone', { body: SPEND })).json().version).toBe(3)
    const { queries } = (await call('GET', '/v1/queries')).json()
    expect(queries.map((one: { name: string; kind: string }) => [one.name, one.kind])).toEqual([
      ['gone', 'metrics'],
      ['large', 'sql'],
      ['spend', 'metrics'],
    ])
  })

  it('saved at the same time are two versions, and none is lost', async () => {
    const bodies = Array.from({ length: 4 }, (_, i) => ({ metrics: { measures: ['spend'], limit: i + 1 } }))
    const answers = await Promise.all(bodies.map((body) => call('PUT', '/v1/queries/race', { body })))
    expect(answers.map((answer) => answer.json().version).toSorted()).toEqual([1, 2, 3, 4])
    for (const [i, answer] of answers.entries()) {
      const kept = await call('GET', `/v1/queries/race?version=${answer.json().version}`)
      expect(kept.json().metrics).toEqual(bodies[i]!.metrics)
    }
  })
})
