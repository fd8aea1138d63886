import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAcquisition } from '../../../../pipelines/forecast/ltv/acquisition.ts'
import { readSpend } from '../../../../pipelines/forecast/ltv/spend.ts'
import { migrate } from '../../../../pipelines/store/migrate.ts'
import { useStore } from '../../../support/store.ts'
import { DAY_MS, insertOrders } from '../support/shop-facts.ts'

const test = useStore()
beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../../schemas/migrations')), 60_000)

/** A Monday. */
const DAY = 20_003
const shop = { tenant: 'a', source: 'shop', currency: 'EUR', until: DAY + 60, known_ms: (DAY + 61) * DAY_MS }

async function insert(table: string, rows: readonly object[]): Promise<void> {
  const body = rows.map((row) => JSON.stringify({ tenant: 'a', ...row })).join('\n')
  await test.store.command(`INSERT INTO ${table} FORMAT JSONEachRow ${body}`)
}

const at = (day: number, hour = 12) => new Date(day * DAY_MS + hour * 3_600_000).toISOString()
const hash = (id: string) => id.padEnd(16, '.')

describe('what brought a customer', () => {
  it('is the last touch with advertising in the 30 days before the first order', async () => {
    const touch = (id: string, day: number, more: object) => ({
      id,
      id_hash: hash(id),
      occurred_at: at(day, 8),
      ...more,
    })
    await insert('fact_touches', [
      touch('t1', DAY + 5, { customer: 'last', visitor: 'v0', platform: 'meta', campaign: 'm1' }),
      touch('t2', DAY + 8, { customer: 'last', platform: 'google', campaign: 'g1' }),
      // Direct, and what came after the order, change nothing.
      touch('t3', DAY + 9, { customer: 'last', visitor: 'v0' }),
      touch('t4', DAY + 11, { customer: 'last', platform: 'tiktok', campaign: 'k1' }),
      // A visitor who was known as the customer only afterwards.
      touch('t5', DAY + 1, { visitor: 'v1', utm_source: 'news', utm_medium: 'email', utm_campaign: 'may' }),
      touch('t6', DAY + 20, { visitor: 'v1', customer: 'visitor' }),
      touch('t7', DAY - 25, { customer: 'long-ago', platform: 'meta', campaign: 'm1' }),
      touch('t8', DAY + 1, { customer: 'both', platform: 'meta', campaign: 'm2' }),
    ])
    const order = (id: string, customer: string, more = {}) => ({ id, customer, day: DAY + 10, total: 10, ...more })
    await insertOrders(test.store, 'a', 'shop', [
      order('o1', 'last'),
      order('o2', 'visitor'),
      order('o3', 'long-ago'),
      order('o4', 'both', { platform: 'google', campaign: 'g9' }),
      order('o5', 'order', { platform: 'google', campaign: 'g9' }),
      { id: 'o6', customer: 'order', day: DAY + 12, total: 10, platform: 'meta', campaign: 'm9' },
      order('o7', 'nobody'),
    ])
    expect(Object.fromEntries(await readAcquisition(test.store, shop))).toEqual({
      last: { channel: 'google', campaign: 'g1' },
      visitor: { channel: 'news / email', campaign: 'may' },
      both: { channel: 'meta', campaign: 'm2' },
      order: { channel: 'google', campaign: 'g9' },
    })
  })
})

describe('spend by week', () => {
  it('counts a delivery once, whatever levels it is reported at, as it was known', async () => {
    const row = (id: string, day: number, slice: string, spend: number, more: object = {}) => ({
      ...{ id, id_hash: hash(id), occurred_at: at(day + 1), day: at(day).slice(0, 10), platform: 'meta', account: '1' },
      ...{ campaign: 'c1', currency: 'EUR', slice, level: slice.split('|')[0], spend_micros: spend * 1e6, ...more },
    })
    await insert('fact_delivery', [
      row('d1', DAY, 'campaign|', 10),
      row('d2', DAY, 'ad|', 6),
      row('d3', DAY, 'ad|', 3),
      row('d4', DAY + 6, 'ad|', 5),
      row('d5', DAY + 7, 'ad|', 7, { campaign: 'c2' }),
      // The account has 4 more than its campaigns on this day.
      row('d6', DAY + 7, 'account|', 11, { campaign: '' }),
      row('d7', DAY + 7, 'ad|', 99, { currency: 'USD' }),
      row('d8', DAY + 8, 'ad|', 1),
      { ...row('d8', DAY + 8, 'ad|', 2), occurred_at: at(DAY + 20) },
      { ...row('d8', DAY + 8, 'ad|', 50), occurred_at: at(DAY + 90) },
    ])
    const rows = await readSpend(test.store, shop)
    const plain = rows.map(({ campaign, monday, spend }) => [monday - DAY, campaign, spend])
    expect(plain.toSorted()).toEqual([
      [0, 'c1', 15],
      [7, '', 4],
      [7, 'c1', 2],
      [7, 'c2', 7],
    ])
  })
})
