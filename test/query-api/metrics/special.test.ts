import { beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { asker, plainRows } from '../support/ask.ts'
import { fillWindows, insertDeliveries, insertOrders, insertRates } from '../support/fill.ts'
import { JANUARY, writeJanuary } from '../support/january.ts'

const context = useStore()
const ask = asker(() => context.store)
const rowsOf = async (tenant: string, body: object) => plainRows((await ask(tenant, body)).rows)
const AS_OF = { as_of: '2026-01-01T00:00:00Z' }
const M = 1_000_000

beforeAll(() => writeJanuary(context.store))

describe('currency', () => {
  it('converts each fact at the rate of its day, or of the last 7 days', async () => {
    const body = { measures: ['spend', 'revenue', 'orders'], currency: 'USD', ...JANUARY }
    expect(await rowsOf('t', body)).toEqual([{ spend: '24.50', revenue: '85.500001', orders: 4, currency: 'USD' }])
  })

  it('is null where there is no rate, and only there', async () => {
    const body = { measures: ['spend', 'impressions'], dimensions: ['platform'], currency: 'EUR', ...JANUARY }
    expect(await rowsOf('t', body)).toEqual([
      { platform: 'meta', spend: null, impressions: 107, currency: 'EUR' },
      { platform: 'tiktok', spend: '5.00', impressions: 8, currency: 'EUR' },
    ])
  })

  it('rounds half-even per fact, then adds; a rate of 8 days before is too old', async () => {
    const rate = { base: 'EUR', quote: 'USD', day: '2025-03-01', rate_e9: 500_000_000 }
    await insertRates(context.store, 'fx', [
      { ...rate, rate_e9: 7, at: '2025-03-01T00:00:00Z' },
      { ...rate, at: '2025-03-02T00:00:00Z' },
    ])
    const delivery = (ad: string, day: string, spend_micros: number | string) => ({
      day,
      ad,
      campaign: 'c',
      currency: 'EUR',
      spend_micros,
    })
    await insertDeliveries(context.store, 'fx', [
      delivery('a', '2025-03-01', 1),
      delivery('b', '2025-03-01', 3),
      delivery('c', '2025-03-01', 5),
      delivery('d', '2025-03-01', -3),
      delivery('e', '2025-03-01', '4611686018427387903'),
      delivery('f', '2025-03-08', 8),
      delivery('g', '2025-03-09', 8),
      delivery('h', '2025-03-10', 0),
    ])
    const body = { measures: ['spend'], dimensions: ['ad'], currency: 'USD' }
    expect((await rowsOf('fx', body)).map((r) => r.spend)).toEqual([
      '0.00',
      '0.000002',
      '0.000002',
      '-0.000002',
      '2305843009213.693952',
      '0.000004',
      null,
      '0.00',
    ])
    expect((await rowsOf('fx', { ...body, dimensions: [] }))[0]?.spend).toBe(null)
  })
})

describe('products', () => {
  it('add up to gross revenue with what their lines do not explain', async () => {
    const rows = await rowsOf('t', {
      measures: ['orders', 'gross_revenue', 'customers'],
      dimensions: ['product'],
      ...JANUARY,
    })
    expect(rows).toEqual([
      { product: 'p1', orders: 1, gross_revenue: '39.00', customers: 1, currency: 'USD' },
      { product: 'p2', orders: 1, gross_revenue: '1.00', customers: 1, currency: 'USD' },
      { product: null, orders: 3, gross_revenue: '50.500001', customers: 2, currency: 'USD' },
    ])
  })

  it('are converted too', async () => {
    const rows = await rowsOf('t', {
      measures: ['revenue'],
      filters: [{ field: 'product', op: 'eq', value: 'p1' }],
      currency: 'USD',
    })
    expect(rows).toEqual([{ revenue: '39.00', currency: 'USD' }])
  })
})

describe('reach', () => {
  it('stands for one row of the platform', async () => {
    const rows = await rowsOf('t', {
      measures: ['reach', 'frequency', 'impressions'],
      dimensions: ['day', 'campaign'],
      filters: [{ field: 'platform', op: 'eq', value: 'meta' }],
    })
    expect(rows).toEqual([
      { day: '2025-01-01', campaign: 'c1', reach: 70, frequency: '1.428571', impressions: 100 },
      { day: '2025-01-02', campaign: 'c1', reach: null, frequency: null, impressions: 7 },
    ])
  })

  it.each([[{ dimensions: ['ad'] }], [{ dimensions: ['day'] }], [{ dimensions: ['day', 'ad_group'] }]])(
    'is never added: %j',
    async (more) => {
      await expect(ask('t', { measures: ['reach'], ...more })).rejects.toThrowError(
        expect.objectContaining({ code: 'non_additive' }),
      )
    },
  )
})

describe('what cannot be answered', () => {
  it.each([
    ['non_additive', { measures: ['roas'] }],
    ['non_additive', { measures: ['claimed_revenue'], grain: 'day' }],
    ['not_hourly', { measures: ['spend'], grain: 'hour' }],
    ['not_hourly', { measures: ['orders', 'spend'], grain: 'day', time_zone: 'Asia/Tokyo' }],
    ['currency_mix', { measures: ['spend'], dimensions: ['platform'], order: 'spend' }],
  ])('is refused with %s: %j', async (code, body) => {
    await expect(ask('t', body)).rejects.toThrowError(expect.objectContaining({ code }))
  })

  it('claims of one platform may be added', async () => {
    const body = { measures: ['claimed_revenue'], filters: [{ field: 'platform', op: 'eq', value: 'meta' }] }
    expect(await rowsOf('t', body)).toEqual([{ claimed_revenue: '35.00', currency: 'USD' }])
  })
})

describe('hours', () => {
  beforeAll(async () => {
    await insertOrders(context.store, 'h', [
      { id: '1', day: '2025-03-30', ordered_at: '2025-03-30T00:30:00Z', utc_offset_min: 60, total_micros: M },
      { id: '2', day: '2025-03-30', ordered_at: '2025-03-30T01:30:00Z', utc_offset_min: 120, total_micros: 2 * M },
      { id: '3', day: '2025-03-30', ordered_at: '2025-03-29T18:40:00Z', utc_offset_min: 330, total_micros: 4 * M },
    ])
    const hourly = { day: '2025-03-30', campaign: 'c', level: 'campaign' } as const
    await insertDeliveries(context.store, 'h', [
      { ...hourly, hour_start: '2025-03-30T00:00:00Z', impressions: 3 },
      { ...hourly, hour_start: '2025-03-30T01:00:00Z', impressions: 4 },
      { ...hourly, impressions: 9 },
    ])
    await fillWindows(context.store, 'h')
  })

  it.each([
    ['windows', {}],
    ['facts', AS_OF],
  ])('begin where the local hour begins, and are cut out of the day: %s', async (_source, more) => {
    expect(await rowsOf('h', { measures: ['orders', 'impressions'], grain: 'hour', ...more })).toEqual([
      { hour: '2025-03-29T18:30:00Z', orders: 1, impressions: null },
      { hour: '2025-03-30T00:00:00Z', orders: 1, impressions: 3 },
      { hour: '2025-03-30T01:00:00Z', orders: 1, impressions: 4 },
    ])
    expect(await rowsOf('h', { measures: ['impressions'], grain: 'day', ...more })).toEqual([
      { day: '2025-03-30', impressions: 9 },
    ])
  })

  it.each([
    ['windows', {}],
    ['facts', AS_OF],
  ])('make days of another zone: %s', async (_source, more) => {
    const body = {
      measures: ['orders', 'revenue', 'impressions'],
      grain: 'day',
      time_zone: 'UTC',
      from: '2025-03-30',
      to: '2025-03-31',
      ...more,
    }
    expect(await rowsOf('h', body)).toEqual([
      { day: '2025-03-30', orders: 2, revenue: '3.00', impressions: 7, currency: 'USD' },
    ])
  })
})

describe('a tenant', () => {
  it('sees its own rows only', async () => {
    for (const body of [
      { measures: ['impressions', 'orders'] },
      { measures: ['customers', 'new_customers'] },
      { measures: ['revenue'], dimensions: ['product'] },
      { measures: ['spend'], currency: 'USD' },
    ]) {
      expect(await rowsOf('other', body)).toEqual([])
    }
  })
})
