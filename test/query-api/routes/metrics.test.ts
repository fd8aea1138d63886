import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { createTables, fillWindows, insert, insertOrders, insertWatermark } from '../support/fill.ts'
import { as, type Served, serve } from '../support/serve.ts'

const context = useStore()
const state: { served?: Served } = {}
const get = (url: string, headers: Record<string, string> = {}, tenant = 't') =>
  state.served!.app.inject({ url, headers: { ...as(tenant), ...headers } })
const ORDERS = '/v1/metrics?measures=orders&grain=day'

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  for (const tenant of ['t', 'u']) {
    await insertOrders(store, tenant, [
      { id: 'o1', day: '2025-01-01', total_micros: 1 },
      { id: 'o2', day: '2025-01-02', total_micros: tenant === 't' ? 2 : 3 },
    ])
    await insertWatermark(store, tenant, 'shop', '2025-01-04T00:00:00Z')
    await fillWindows(store, tenant)
  }
  state.served = await serve(context)
})
afterAll(() => state.served?.app.close())

describe('an answer that is asked again', () => {
  it('comes from memory, and 304 to who has it', async () => {
    const [first, second] = [await get(ORDERS), await get(ORDERS)]
    expect([first.headers['x-omnify-cache'], second.headers['x-omnify-cache']]).toEqual(['miss', 'hit'])
    expect(second.body).toBe(first.body)
    expect(second.headers['x-omnify-query-id']).toBe(first.json().query_id)
    const etag = String(first.headers.etag)
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/)
    const third = await get(ORDERS, { 'if-none-match': `"x", ${etag}` })
    expect([third.statusCode, third.body, third.headers.etag]).toEqual([304, '', etag])
    const post = await state.served!.app.inject({
      method: 'POST',
      url: '/v1/metrics',
      headers: { ...as('t'), 'if-none-match': etag },
      payload: { measures: ['orders'], dimensions: ['day'] },
    })
    expect([post.statusCode, post.headers['x-omnify-cache'], post.headers.etag]).toEqual([200, 'hit', etag])
  })

  it('is made anew for who asks for it, with the same tag', async () => {
    const held = await get(ORDERS)
    const fresh = await get(ORDERS, { 'cache-control': 'no-cache' })
    expect(fresh.headers['x-omnify-cache']).toBe('off')
    expect(fresh.json().query_id).not.toBe(held.json().query_id)
    expect(fresh.headers.etag).toBe(held.headers.etag)
  })

  it('is nobody else’s, and of one format', async () => {
    const [mine, other] = [await get(`${ORDERS}&limit=1`), await get(`${ORDERS}&limit=1`, {}, 'u')]
    expect(other.headers['x-omnify-cache']).toBe('miss')
    expect(other.json().next_cursor).not.toBe(mine.json().next_cursor)
    expect((await get(`${ORDERS}&limit=1&format=csv`)).headers['x-omnify-cache']).toBe('miss')
    expect((await get('/v1/metrics?measures=gross_revenue', {}, 'u')).json().rows[0].gross_revenue).toBe('0.000004')
  })

  it('is forgotten as soon as a window of the tenant has changed', async () => {
    const { etag } = (await get(ORDERS)).headers
    await insertOrders(context.store, 't', [{ id: 'o3', day: '2025-01-03', total_micros: 2 }])
    await context.store.command(
      "ALTER TABLE windows_day_campaign DELETE WHERE tenant = 't' SETTINGS mutations_sync = 1",
    )
    await fillWindows(context.store, 't')
    const change = {
      set: 'windows_day_campaign',
      tenant: 't',
      day: '2025-01-03',
      partition: 0,
      version: '1',
      changed: 1,
    }
    const value = Buffer.from(JSON.stringify({ ...change, cells: [] }))
    await state.served!.log.append('omnify.window_changes', 0, [{ key: null, value }])
    const answer = await get(ORDERS, { 'if-none-match': String(etag) })
    expect([answer.statusCode, answer.headers['x-omnify-cache']]).toEqual([200, 'miss'])
    expect(answer.json().rows).toHaveLength(3)
    expect((await get(ORDERS, {}, 'u')).headers['x-omnify-cache']).toBe('miss')
    expect((await get(ORDERS, {}, 'u')).headers['x-omnify-cache']).toBe('hit')
  })

  it('is made once for all who ask at the same time', async () => {
    const url = '/v1/metrics?measures=orders,gross_revenue&dimensions=platform'
    const all = await Promise.all(Array.from({ length: 8 }, () => get(url)))
    expect(new Set(all.map((answer) => answer.body)).size).toBe(1)
    const how = all.map((answer) => answer.headers['x-omnify-cache']).toSorted()
    expect(how).toEqual(['miss', ...Array.from({ length: 7 }, () => 'shared')])
  })
})

describe('pages of an answer', () => {
  it.each(['json', 'csv', 'ndjson'])('say where they go on, as %s too', async (format) => {
    const page = await get(`${ORDERS}&limit=2&format=${format}`, {}, 'u')
    expect(page.headers['x-omnify-next-cursor']).toBeUndefined()
    const one = await get(`${ORDERS}&limit=1&format=${format}`, {}, 'u')
    const cursor = String(one.headers['x-omnify-next-cursor'])
    expect(cursor).toMatch(/^[\w-]+\.[\w-]{22}$/)
    const next = await get(`${ORDERS}&limit=1&format=${format}&cursor=${cursor}`, {}, 'u')
    expect([next.statusCode, next.headers['x-omnify-next-cursor']]).toEqual([200, undefined])
    expect(next.body).toContain('2025-01-02')
    expect(next.body).not.toContain('2025-01-01')
    expect((await get(`${ORDERS}&format=${format}&cursor=${cursor}`, {}, 't')).json()).toMatchObject({
      code: 'bad_cursor',
    })
  })
})

describe('a question beyond its budget', () => {
  it('is refused before it runs, with both numbers', async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => ({
      tenant: 'big',
      day: '2025-01-01',
      id_hash: String(i).padEnd(16),
    }))
    await insert(context.store, 'fact_orders', rows)
    const { app } = await serve(context, { rows_max: 5_000 })
    const ask = (url: string) => app.inject({ url, headers: as('big') })
    const refused = await ask('/v1/metrics?measures=orders&as_of=2026-01-01T00:00:00Z&from=2025-01-01')
    expect(refused.json()).toMatchObject({
      code: 'query_too_costly',
      status: 400,
      rows_estimated: 6_000,
      rows_max: 5_000,
    })
    expect((await ask('/v1/metrics?measures=orders&as_of=2026-01-01T00:00:00Z')).statusCode).toBe(200)
    await app.close()
  })
})
