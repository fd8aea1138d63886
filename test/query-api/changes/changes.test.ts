import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import {
  createTables,
  fillWindows,
  insert,
  insertDeliveries,
  insertOrders,
  insertRefunds,
  insertWatermark,
} from '../support/fill.ts'
import { as, NOW, type Served, serve } from '../support/serve.ts'

const context = useStore()
const state: { served?: Served } = {}
const M = 1_000_000
const SINCE = '2025-01-10T00:00:00Z'

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  await insertDeliveries(store, 't', [
    // Restated, with a level below that came later: what counts is what /v1/metrics says counts.
    {
      id: 'd1',
      day: '2025-01-02',
      at: '2025-01-03T00:00:00Z',
      level: 'campaign',
      campaign: 'c',
      spend_micros: 10 * M,
      clicks: 5,
    },
    {
      id: 'd1',
      day: '2025-01-02',
      at: '2025-01-12T00:00:00Z',
      level: 'campaign',
      campaign: 'c',
      spend_micros: 12 * M,
      clicks: 5,
    },
    { id: 'd2', day: '2025-01-02', at: '2025-01-12T00:00:00Z', level: 'campaign', campaign: 'late', spend_micros: M },
    // Observed again, and nothing is another.
    { id: 'd3', day: '2025-01-04', at: '2025-01-05T00:00:00Z', level: 'campaign', campaign: 'c', spend_micros: M },
    { id: 'd3', day: '2025-01-04', at: '2025-01-11T00:00:00Z', level: 'campaign', campaign: 'c', spend_micros: M },
    {
      id: 'd4',
      day: '2025-01-12',
      at: '2025-01-12T12:00:00Z',
      platform: 'tiktok',
      level: 'campaign',
      campaign: 'k',
      spend_micros: 3 * M,
      currency: 'EUR',
    },
  ])
  await insertOrders(store, 't', [
    { id: 'o1', day: '2025-01-02', at: '2025-01-02T01:00:00Z', total_micros: 50 * M },
    { id: 'o1', day: '2025-01-02', at: '2025-01-13T00:00:00Z', total_micros: 40 * M },
    // Moved to another day.
    { id: 'o2', day: '2025-01-03', at: '2025-01-03T01:00:00Z', total_micros: 7 * M },
    { id: 'o2', day: '2025-01-05', at: '2025-01-13T00:00:00Z', total_micros: 7 * M },
    { id: 'o3', day: '2025-01-03', at: '2025-01-03T01:00:00Z', total_micros: 2 * M },
    { id: 'o3', day: '2025-01-03', at: '2025-01-14T00:00:00Z', total_micros: 2 * M, status: 'voided' },
  ])
  await insertRefunds(store, 't', [{ id: 'r1', day: '2025-01-15', amount_micros: 4 * M }])
  await insertDeliveries(store, 'other', [
    { id: 'x', day: '2025-01-02', at: '2025-01-12T00:00:00Z', level: 'campaign', campaign: 'c', spend_micros: 77 * M },
  ])
  await insertWatermark(store, 't', 'shop', '2025-02-01T00:00:00Z')
  await insertWatermark(store, 't', 'ads', '2025-02-01T00:00:00Z')
  await fillWindows(store, 't')
  state.served = await serve(context)
})
afterAll(() => state.served?.app.close())

const get = (url: string, tenant = 't') => state.served!.app.inject({ url, headers: as(tenant) })

describe('GET /v1/changes', () => {
  it('says what was known, what is, and why', async () => {
    const answer = await get(`/v1/changes?since=${SINCE}&measures=spend,clicks,orders,revenue,refunds`)
    expect(answer.statusCode, answer.body).toBe(200)
    const { query_id, rows, ...rest } = answer.json()
    expect(rest).toEqual({
      since: '2025-01-10T00:00:00.000Z',
      next_since: new Date(NOW - 10_000).toISOString(),
      watermark: '2025-02-01T00:00:00.000Z',
    })
    const short = (rows as Record<string, unknown>[]).map((r) =>
      [r.day, r.platform, r.measure, r.old, r.new, r.cause, r.other_causes, r.currency].join(' '),
    )
    expect(short).toEqual([
      '2025-01-02 meta spend 10.00 13.00 restatement late_delivery USD',
      '2025-01-02  revenue 50.00 40.00 edit  USD',
      '2025-01-03  orders 2  edit cancellation USD',
      '2025-01-03  revenue 9.00  edit cancellation USD',
      '2025-01-05  orders  1 edit  USD',
      '2025-01-05  revenue  7.00 edit  USD',
      '2025-01-12 tiktok spend  3.00 new  EUR',
      '2025-01-15  refunds  4.00 refund  USD',
      '2025-01-15  revenue  -4.00 refund  USD',
    ])
    expect(rows[0]).toMatchObject({ facts: 2, finality: 'settling' })
    expect(query_id).toMatch(/^[0-9a-f]{24}$/)
  })

  it('agrees with the metrics of both times', async () => {
    const question = '/v1/metrics?measures=spend,orders,revenue&dimensions=day,platform'
    const byKey = async (more: string) => {
      const { rows } = (await get(`${question}${more}`)).json() as { rows: Record<string, unknown>[] }
      return new Map(rows.map((row) => [[row.day, row.platform, row.currency].join(), row]))
    }
    const [was, is] = [await byKey(`&as_of=${SINCE}`), await byKey('')]
    const { rows } = (await get(`/v1/changes?since=${SINCE}&measures=spend,orders,revenue`)).json()
    expect(rows.length).toBeGreaterThan(5)
    for (const row of rows) {
      const key = [row.day, row.platform, row.currency].join()
      expect(row.old, key).toBe(was.get(key)?.[row.measure] ?? null)
      expect(row.new, key).toBe(is.get(key)?.[row.measure] ?? null)
    }
  })

  it('can be narrowed by day, platform and cause', async () => {
    const count = async (more: string) =>
      (await get(`/v1/changes?since=${SINCE}&measures=spend,revenue${more}`)).json().rows.length
    expect(await count('')).toBe(6)
    expect(await count('&from=2025-01-03&to=2025-01-06')).toBe(2)
    expect(await count('&filter=platform:eq:meta')).toBe(1)
    expect(await count('&cause=late_delivery')).toBe(1)
    expect(await count('&cause=refund,new')).toBe(2)
    expect((await get(`/v1/changes?since=2025-03-01T00:00:00Z`)).json().rows).toEqual([])
  })

  it('comes in pages that add up to the whole', async () => {
    const url = `/v1/changes?since=${SINCE}&measures=spend,revenue`
    const whole = (await get(url)).json().rows
    const paged: unknown[] = []
    let cursor: string | undefined
    do {
      const page = (await get(`${url}&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`)).json()
      expect(page.rows.length).toBeLessThanOrEqual(2)
      paged.push(...page.rows)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    expect(paged).toEqual(whole)
  })

  it.each([
    ['', 'bad_request'],
    ['?since=yesterday', 'bad_as_of'],
    [`?since=${SINCE}&measures=reach`, 'non_additive', 'incompatible'],
    [`?since=${SINCE}&measures=customers`, 'incompatible'],
    [`?since=${SINCE}&filter=campaign:eq:c`, 'unknown_filter'],
    [`?since=${SINCE}&cause=magic`, 'bad_request'],
    [`?since=${SINCE}&until=x`, 'bad_request'],
    [`?since=${SINCE}&limit=2&cursor=abc.def`, 'bad_cursor'],
  ])('%s is refused as %s', async (query, ...codes) => {
    const answer = await get(`/v1/changes${query}`)
    expect(answer.statusCode).toBe(400)
    expect(codes).toContain(answer.json().code)
  })

  it('holds back the next `since` while something received is not committed', async () => {
    const { log } = state.served!
    await log.append('omnify.events', 0, [{ key: null, value: Buffer.from('x') }])
    const { app } = await serve(context, { log, clock: () => NOW + 60_000 })
    const later = await app.inject({ url: `/v1/changes?since=${SINCE}`, headers: as('t') })
    expect(later.json().next_since).toBe(new Date(NOW - 10_000).toISOString())
    await app.close()
  })
})

describe('as of a time', () => {
  it('knows nothing that was received later, but of a source from before it was connected', async () => {
    const { store } = context
    const row = {
      tenant: 'late',
      source: 'ads',
      platform: 'meta',
      account: 'a',
      campaign: 'c',
      level: 'campaign',
      slice: 'campaign|',
      currency: 'USD',
    }
    const one = (n: number, occurred_at: string, received_at: string, more: object) => ({
      ...row,
      ...{
        id: `l${n}`,
        id_hash: `l${n}`.padEnd(16, '0'),
        day: '2025-01-02',
        occurred_at,
        received_at,
        spend_micros: M,
        _offset: n,
      },
      ...more,
    })
    await insert(store, 'fact_delivery', [
      one(1, '2025-01-03T00:00:00Z', '2025-01-03T00:00:01Z', {}),
      // Said on the 4th, heard on the 9th.
      one(2, '2025-01-04T00:00:00Z', '2025-01-09T00:00:00Z', {}),
      // A source that was connected on the 20th and brought its history along.
      one(3, '2025-01-03T00:00:00Z', '2025-01-20T00:00:00Z', { source: 'history', campaign: 'h' }),
    ])
    const spend = async (as_of: string) =>
      (await get(`/v1/metrics?measures=spend&as_of=${as_of}`, 'late')).json().rows[0]?.spend
    expect(await spend('2025-01-02T23:00:00Z')).toBeUndefined()
    expect(await spend('2025-01-05T00:00:00Z')).toBe('2.00')
    expect(await spend('2025-01-10T00:00:00Z')).toBe('3.00')
    const { rows } = (await get('/v1/changes?since=2025-01-05T00:00:00Z&measures=spend', 'late')).json()
    expect(rows).toMatchObject([{ old: '2.00', cause: 'late_delivery', facts: 1 }])
  })
})
