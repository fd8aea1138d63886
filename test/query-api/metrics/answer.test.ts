import { beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { asker, plainRows } from '../support/ask.ts'
import { JANUARY, writeJanuary } from '../support/january.ts'

const context = useStore()
const ask = asker(() => context.store)
const rowsOf = async (tenant: string, body: object) => plainRows((await ask(tenant, body)).rows)
const AS_OF = { as_of: '2026-01-01T00:00:00Z' }

beforeAll(() => writeJanuary(context.store))

describe.each([
  ['windows', {}],
  ['facts', AS_OF],
])('answers from %s', (_source, more) => {
  it('what the shop sold, and nothing else', async () => {
    expect(
      await rowsOf('t', {
        measures: ['orders', 'revenue', 'gross_revenue', 'refunds', 'aov'],
        grain: 'day',
        ...JANUARY,
        ...more,
      }),
    ).toEqual([
      {
        day: '2025-01-01',
        orders: 1,
        revenue: '50.00',
        gross_revenue: '50.00',
        refunds: '0.00',
        aov: '50.00',
        currency: 'USD',
      },
      {
        day: '2025-01-02',
        orders: 3,
        revenue: '35.500001',
        gross_revenue: '40.500001',
        refunds: '5.00',
        aov: '13.50',
        currency: 'USD',
      },
      { day: '2025-01-03', orders: null, revenue: null, gross_revenue: null, refunds: null, aov: null, currency: null },
    ])
  })

  it('revenue untouched by a refund of unknown amount', async () => {
    expect(await rowsOf('t', { measures: ['revenue'], grain: 'month', ...JANUARY, ...more })).toEqual([
      { month: '2025-01-01', revenue: '85.500001', currency: 'USD' },
    ])
  })

  it('every level adding up to its parent', async () => {
    expect(
      await rowsOf('t', { measures: ['impressions', 'clicks', 'ctr'], dimensions: ['day', 'campaign', 'ad'], ...more }),
    ).toEqual([
      { day: '2025-01-01', campaign: 'c1', ad: 'x', impressions: 60, clicks: 3, ctr: '0.05' },
      { day: '2025-01-01', campaign: 'c1', ad: 'y', impressions: 30, clicks: null, ctr: null },
      { day: '2025-01-01', campaign: 'c1', ad: null, impressions: 10, clicks: 2, ctr: '0.2' },
      { day: '2025-01-01', campaign: 'k1', ad: 'z', impressions: 8, clicks: 2, ctr: '0.25' },
      { day: '2025-01-02', campaign: 'c1', ad: 'x', impressions: 7, clicks: null, ctr: null },
    ])
  })

  it('money by currency, and no shop where none sells in it', async () => {
    expect(
      await rowsOf('t', { measures: ['spend', 'revenue', 'mer', 'cpa', 'conversions'], ...JANUARY, ...more }),
    ).toEqual([
      { spend: '5.00', revenue: null, mer: null, cpa: '3.333333', conversions: 1.5, currency: 'EUR' },
      { spend: '17.00', revenue: '85.500001', mer: '5.029412', cpa: null, conversions: null, currency: 'USD' },
    ])
  })

  it('delivery and commerce side by side, joined by label', async () => {
    expect(
      await rowsOf('t', {
        measures: ['spend', 'revenue', 'roas', 'claimed_share'],
        dimensions: ['platform'],
        ...JANUARY,
        ...more,
      }),
    ).toEqual([
      { platform: 'meta', spend: '17.00', revenue: '50.00', roas: '2.058824', claimed_share: '0.7', currency: 'USD' },
      { platform: 'tiktok', spend: '5.00', revenue: null, roas: '0.2', claimed_share: null, currency: 'EUR' },
      { platform: null, spend: null, revenue: '35.500001', roas: null, claimed_share: null, currency: 'USD' },
    ])
  })

  it('customers, and new ones on the day of their first counted order', async () => {
    expect(await rowsOf('t', { measures: ['customers', 'new_customers'], grain: 'day', ...JANUARY, ...more })).toEqual([
      { day: '2025-01-01', customers: 1, new_customers: 1 },
      { day: '2025-01-02', customers: 2, new_customers: 1 },
    ])
  })

  it('filters by every kind of dimension', async () => {
    const impressions = async (...filters: object[]) =>
      (await rowsOf('t', { measures: ['impressions'], filters, ...more })).map((row) => row.impressions)
    expect(await impressions({ field: 'day', op: 'gte', value: '2025-01-02' })).toEqual([7])
    expect(await impressions({ field: 'month', op: 'eq', value: '2025-01-01' })).toEqual([115])
    expect(await impressions({ field: 'platform', op: 'ne', value: 'meta' })).toEqual([8])
    expect(await impressions({ field: 'campaign', op: 'in', value: ['c1', 'none'] })).toEqual([107])
    expect(await impressions({ field: 'campaign', op: 'in', value: [] })).toEqual([])
    expect(await impressions({ field: 'ad', op: 'eq', value: 'x' })).toEqual([67])
    expect(await impressions({ field: 'ad', op: 'ne', value: 'x' })).toEqual([48])
    expect(await impressions({ field: 'ad', op: 'eq', value: null })).toEqual([10])
    expect(await impressions({ field: 'ad', op: 'gt', value: 'x' })).toEqual([38])
    expect(await impressions({ field: 'campaign_name', op: 'eq', value: 'Summer' })).toEqual([107])
    expect(await impressions({ field: 'campaign_name', op: 'ne', value: 'Summer' })).toEqual([8])
    expect(await impressions({ field: 'currency', op: 'eq', value: 'EUR' })).toEqual([8])
  })

  it('names beside ids', async () => {
    expect(await rowsOf('t', { measures: ['clicks'], dimensions: ['campaign', 'campaign_name'], ...more })).toEqual([
      { campaign: 'c1', campaign_name: 'Summer', clicks: 5 },
      { campaign: 'k1', campaign_name: null, clicks: 2 },
    ])
  })

  it('in a given order, up to a limit', async () => {
    const body = { measures: ['impressions'], dimensions: ['ad'], order: '-impressions', limit: 2, ...more }
    expect(await rowsOf('t', body)).toEqual([
      { ad: 'x', impressions: 67 },
      { ad: 'y', impressions: 30 },
    ])
  })

  it('compared with the day before', async () => {
    const body = {
      measures: ['orders', 'spend'],
      grain: 'day',
      from: '2025-01-02',
      to: '2025-01-03',
      compare: 'previous_period',
      filters: [{ field: 'currency', op: 'eq', value: 'USD' }],
      ...more,
    }
    expect(await rowsOf('t', body)).toEqual([
      {
        day: '2025-01-02',
        orders: 3,
        orders_previous: 1,
        orders_change: '2',
        spend: '7.00',
        spend_previous: '10.00',
        spend_change: '-0.3',
        currency: 'USD',
      },
    ])
  })
})

describe('what was known', () => {
  it('as of a moment', async () => {
    const spend = async (as_of: string) =>
      rowsOf('t', { measures: ['impressions'], grain: 'day', from: '2025-01-02', to: '2025-01-03', as_of })
    expect(await spend('2025-01-02T09:59:59Z')).toEqual([])
    expect(await spend('2025-01-02T10:00:00Z')).toEqual([{ day: '2025-01-02', impressions: 900 }])
    expect(await spend('2025-01-05T10:00:00Z')).toEqual([{ day: '2025-01-02', impressions: 7 }])
  })

  it('of an order that moved: on its old day before, on its new one after', async () => {
    const orders = async (as_of: string) =>
      rowsOf('t', {
        measures: ['orders', 'new_customers'],
        grain: 'month',
        from: '2025-02-01',
        to: '2025-03-01',
        as_of,
      })
    expect(await orders('2025-01-31T00:00:00Z')).toEqual([])
    expect(await orders('2025-02-01T00:00:00Z')).toEqual([{ month: '2025-02-01', orders: 1, new_customers: 1 }])
  })

  it('up to a watermark: the oldest partition of the sources read, and no other source', async () => {
    expect((await ask('t', { measures: ['spend'] })).watermark).toBe('2025-01-15T00:00:00.000Z')
    expect((await ask('t', { measures: ['orders'] })).watermark).toBe('2025-02-04T00:00:00.000Z')
    expect((await ask('t', { measures: ['mer'] })).watermark).toBe('2025-01-15T00:00:00.000Z')
    expect((await ask('nobody', { measures: ['mer'] })).watermark).toBe(null)
  })

  it('and how final', async () => {
    const finality = async (measure: string, dimensions: string[]) =>
      (await ask('t', { measures: [measure], dimensions, ...JANUARY })).rows.map((r) => r.finality)
    expect(await finality('impressions', ['day', 'platform'])).toEqual(['settling', 'settling', 'settling'])
    expect(await finality('orders', ['month'])).toEqual(['settling'])
    expect((await ask('t', { measures: ['orders'], grain: 'month', from: '2025-02-01' })).rows[0]?.finality).toBe(
      'open',
    )
    expect((await ask('t', { measures: ['orders'] })).rows[0]).not.toHaveProperty('finality')
  })
})
