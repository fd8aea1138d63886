import type { Store } from '../../../pipelines/store/client.ts'
import {
  createTables,
  fillWindows,
  insert,
  insertDeliveries,
  insertOrders,
  insertRates,
  insertRefunds,
  insertWatermark,
} from './fill.ts'

const M = 1_000_000

export const JANUARY = { from: '2025-01-01', to: '2025-02-01' }

/** Creates the tables and a tenant `t` with a few days of everything: small enough to add up by hand. */
export async function writeJanuary(store: Store): Promise<void> {
  await createTables(store)
  await insertDeliveries(store, 't', [
    {
      day: '2025-01-01',
      level: 'campaign',
      campaign: 'c1',
      impressions: 100,
      clicks: 5,
      spend_micros: 10 * M,
      claimed_micros: 35 * M,
      reach: 70,
      frequency_micros: 1_428_571,
    },
    { day: '2025-01-01', campaign: 'c1', ad: 'x', impressions: 60, clicks: 3, spend_micros: 6 * M, reach: 50 },
    { day: '2025-01-01', campaign: 'c1', ad: 'y', impressions: 30, spend_micros: 3 * M, reach: 20 },
    {
      day: '2025-01-01',
      platform: 'tiktok',
      campaign: 'k1',
      ad: 'z',
      impressions: 8,
      clicks: 2,
      spend_micros: 5 * M,
      conversions_micros: 1_500_000,
      claimed_micros: M,
      currency: 'EUR',
    },
    // Re-observed: the first is superseded, in windows too.
    {
      id: 'moved',
      day: '2025-01-02',
      at: '2025-01-02T10:00:00Z',
      campaign: 'c1',
      ad: 'x',
      impressions: 900,
      spend_micros: 90 * M,
    },
    {
      id: 'moved',
      day: '2025-01-02',
      at: '2025-01-05T10:00:00Z',
      campaign: 'c1',
      ad: 'x',
      impressions: 7,
      spend_micros: 7 * M,
    },
  ])
  await insertOrders(store, 't', [
    {
      id: 'o1',
      day: '2025-01-01',
      total_micros: 50 * M,
      customer: 'k1',
      platform: 'meta',
      campaign: 'c1',
      lines: [
        { product: 'p1', quantity: 2, price_micros: 20 * M, discount_micros: M },
        { product: 'p2', quantity: 1, price_micros: M },
      ],
    },
    { id: 'o2', day: '2025-01-02', total_micros: 30_500_000, customer: 'k1' },
    { id: 'o3', day: '2025-01-02', total_micros: 99 * M, customer: 'k2', status: 'voided' },
    { id: 'o4', day: '2025-01-02', total_micros: 99 * M, customer: 'k3', test: 1 },
    { id: 'o5', day: '2025-01-02', total_micros: 10 * M, customer: 'k4', status: 'cancelled' },
    { id: 'o6', day: '2025-01-02', total_micros: 1, customer: '' },
    // Edited: its date moved out of January.
    { id: 'o7', day: '2025-01-02', at: '2025-01-02T00:00:00Z', total_micros: 5 * M, customer: 'k5' },
    { id: 'o7', day: '2025-02-01', at: '2025-02-01T00:00:00Z', total_micros: 6 * M, customer: 'k5' },
  ])
  await insertRefunds(store, 't', [
    { id: 'r1', day: '2025-01-02', amount_micros: 5 * M },
    { id: 'r2', day: '2025-01-02', amount_micros: 77 * M, success: 0 },
    { id: 'r3', day: '2025-01-02', amount_micros: 77 * M, kind: 'sale' },
    { id: 'r4', day: '2025-01-03', currency: '' },
  ])
  await insertRates(store, 't', [
    { base: 'EUR', quote: 'USD', day: '2024-12-31', rate_e9: 1_500_000_000 },
    { base: 'EUR', quote: 'USD', day: '2025-01-09', rate_e9: 9_000_000_000 },
  ])
  await insertWatermark(store, 't', 'shop', '2025-02-04T00:00:00Z')
  await insertWatermark(store, 't', 'ads', '2025-01-20T00:00:00Z', 0)
  await insertWatermark(store, 't', 'ads', '2025-01-15T00:00:00Z', 1)
  await insertWatermark(store, 't', 'holidays', '2020-01-01T00:00:00Z')
  const entity = { tenant: 't', platform: 'meta', account: 'a1', kind: 'campaign', entity: 'c1' }
  await insert(store, 'fact_entities', [
    { ...entity, name: 'Winter', occurred_at: '2025-01-01T00:00:00Z', _offset: 1 },
    { ...entity, name: 'Summer', occurred_at: '2025-06-01T00:00:00Z', _offset: 2 },
  ])
  await fillWindows(store, 't')
}
