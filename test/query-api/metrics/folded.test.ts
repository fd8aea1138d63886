import { beforeAll, describe, expect, it } from 'vitest'
import { createMetrics } from '../../../query-api/metrics/answer.ts'
import { useStore } from '../../support/store.ts'
import { asker, plainRows } from '../support/ask.ts'
import { createTables, fillWindows, insertDeliveries, insertOrders, insertRefunds } from '../support/fill.ts'

const context = useStore()
const ask = asker(() => context.store)
const DAY = '2025-01-01'

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  const M = 1_000_000
  await insertDeliveries(store, 't', [
    // Reported twice: the campaign's own row counts.
    { day: DAY, campaign: 'both', level: 'campaign', spend_micros: 10 * M },
    { day: DAY, campaign: 'both', ad: 'a1', spend_micros: 4 * M },
    { day: DAY, campaign: 'both', ad: 'a2', spend_micros: 5 * M },
    { day: DAY, campaign: 'both', level: 'asset_group', asset_group: 'g', spend_micros: 1 * M },
    // Asset groups stand beside ads.
    { day: DAY, campaign: 'parts', ad: 'a3', spend_micros: 3 * M },
    { day: DAY, campaign: 'parts', level: 'asset_group', asset_group: 'h', spend_micros: 2 * M },
    // Another day, another choice.
    { day: '2025-01-02', campaign: 'both', ad: 'a1', spend_micros: 6 * M },
    // An ad's split by country is its spend once more.
    { day: DAY, campaign: 'split', ad: 'a4', country: 'DE', spend_micros: 7 * M },
    { day: DAY, campaign: 'split', ad: 'a4', spend_micros: 8 * M },
    { day: DAY, campaign: 'mute', ad: 'a5', impressions: 0 },
  ])
  await insertOrders(store, 't', [
    { id: 'o1', day: DAY, campaign: 'both', total_micros: 100 * M },
    { id: 'o2', day: '2025-01-02', campaign: 'both', total_micros: 30 * M },
    { id: 'o3', day: DAY, campaign: 'shop only', total_micros: 20 * M },
  ])
  await insertRefunds(store, 't', [{ id: 'r1', day: DAY, campaign: 'both', amount_micros: 15 * M }])
  await fillWindows(store, 't')
})

describe('a question of campaigns, from rows folded by key', () => {
  const BY_CAMPAIGN = [
    { campaign: 'both', spend: '16.00', revenue: '115.00', orders: 2 },
    { campaign: 'mute', spend: null, revenue: '0.00', orders: 0 },
    { campaign: 'parts', spend: '5.00', revenue: '0.00', orders: 0 },
    { campaign: 'shop only', spend: null, revenue: '20.00', orders: 1 },
    { campaign: 'split', spend: '8.00', revenue: '0.00', orders: 0 },
  ]

  it.each([
    ['windows', {}],
    ['facts', { as_of: '2026-01-01T00:00:00Z' }],
  ])('counts deliveries once and the shop beside them, from %s', async (_, source) => {
    const metrics = createMetrics(context.store, () => 0)
    const body = { measures: ['spend', 'revenue', 'orders'], dimensions: ['campaign'], ...source }
    const first = await ask('t', body, metrics)
    expect(plainRows(first.rows)).toMatchObject(BY_CAMPAIGN)
    // Once more, now on the guess of what the first has seen.
    expect((await ask('t', body, metrics)).rows).toEqual(first.rows)
  })

  it('applies filters that are about the key, before and after', async () => {
    const body = { measures: ['spend', 'orders'], dimensions: ['day'] }
    const filters = [{ field: 'campaign', op: 'ne', value: 'parts' }]
    const { rows } = await ask('t', { ...body, filters })
    expect(plainRows(rows)).toMatchObject([
      { day: DAY, spend: '18.00', orders: 2 },
      { day: '2025-01-02', spend: '6.00', orders: 1 },
    ])
    const one = await ask('t', { ...body, filters: [{ field: 'campaign', op: 'eq', value: 'both' }] })
    expect(plainRows(one.rows)).toMatchObject([
      { day: DAY, spend: '10.00', orders: 1 },
      { day: '2025-01-02', spend: '6.00', orders: 1 },
    ])
  })

  it('answers the total in one row, and nothing where there is nothing', async () => {
    const metrics = createMetrics(context.store, () => 0)
    const body = { measures: ['spend', 'orders'] }
    for (let round = 0; round < 2; round++) {
      expect(plainRows((await ask('t', body, metrics)).rows)).toMatchObject([{ spend: '29.00', orders: 3 }])
      const none = await ask('t', { ...body, from: '2020-01-01', to: '2020-02-01' }, metrics)
      expect(none.rows).toEqual([])
    }
  })
})
