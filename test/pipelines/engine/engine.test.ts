import { describe, expect, it } from 'vitest'
import { useEngine } from '../../support/engine.ts'

const engine = useEngine()

const order = (id: string, total: string, more: object = {}, at = '2026-03-01T10:00:00Z') => ({
  id,
  source: 'shop',
  type: 'order.observed',
  occurred_at: at,
  data: {
    ordered_at: '2026-03-01T10:00:00Z',
    currency: 'USD',
    total,
    status: 'paid',
    customer: 'c1',
    platform: 'meta',
    account: 'a',
    campaign: 'k',
    ...more,
  },
})

const delivery = (id: string, at: string, more: object = {}) => ({
  id,
  source: 'meta',
  type: 'ad_delivery.observed',
  occurred_at: at,
  data: {
    platform: 'meta',
    account: 'a',
    level: 'ad',
    campaign: 'k',
    ad_group: 'g',
    ad: 'x',
    day: '2026-03-01',
    currency: 'USD',
    impressions: 100,
    clicks: 5,
    spend: '12.34',
    ...more,
  },
})

const dayRow = () =>
  engine.store.query<Record<string, string>>(
    `SELECT sum(n) n, sum(impressions) impressions, sum(clicks) clicks, sum(spend_micros) spend_micros, sum(orders) orders,
            sum(gross_micros) gross_micros, sum(refunds_micros) refunds_micros
     FROM windows_day_campaign FINAL WHERE tenant = 'demo' AND day = '2026-03-01' AND campaign = 'k'`,
  )

describe('the main pipeline', () => {
  it('writes facts once and windows that follow the newest observation', async () => {
    const runner = await engine.start()
    await engine.feed([
      order('o1', '100.00'),
      order('o1', '100.00'),
      order('o2', '50.10'),
      delivery('d1', '2026-03-02T00:00:00Z'),
    ])
    await engine.caughtUp()
    expect(await engine.store.query(`SELECT count() AS n FROM fact_orders`)).toEqual([{ n: '2' }])
    expect(await dayRow()).toEqual([
      {
        n: '3',
        impressions: '100',
        clicks: '5',
        spend_micros: '12340000',
        orders: '2',
        gross_micros: '150100000',
        refunds_micros: '0',
      },
    ])

    // Restated, edited, late: the newest observation wins whatever the order of arrival.
    await engine.feed([
      delivery('d1', '2026-03-03T00:00:00Z', { clicks: 7, spend: '13.00' }),
      delivery('d1', '2026-03-02T12:00:00Z', { clicks: 999 }),
      order('o2', '40.10', {}, '2026-03-01T11:00:00Z'),
      order('o1', '100.00'),
      {
        id: 'r1',
        source: 'shop',
        type: 'order.refunded',
        occurred_at: '2026-03-01T12:00:00Z',
        data: {
          order: 'o2',
          refunded_at: '2026-03-01T12:00:00Z',
          currency: 'USD',
          amount: '5.05',
          platform: 'meta',
          account: 'a',
          campaign: 'k',
        },
      },
      order('o1', '90.00', { test: true }, '2026-03-01T13:00:00Z'),
    ])
    await engine.caughtUp()
    expect(await dayRow()).toEqual([
      {
        n: '3',
        impressions: '100',
        clicks: '7',
        spend_micros: '13000000',
        orders: '1',
        gross_micros: '40100000',
        refunds_micros: '5050000',
      },
    ])
    expect(await engine.store.query(`SELECT count() AS n FROM fact_delivery`)).toEqual([{ n: '3' }])
    await runner.stop()
  })

  it('sends an id conflict and a foreign record that is no event to the dead letters', async () => {
    const runner = await engine.start()
    const touch = (kind: string) => ({
      id: 't1',
      source: 'web',
      type: 'touch.recorded',
      occurred_at: '2026-03-01T12:00:00Z',
      data: { kind, visitor: 'v' },
    })
    await engine.feed([touch('visit'), touch('click'), touch('visit')])
    await engine.log.append('omnify.events', 0, [{ key: null, value: Buffer.from('{"nonsense') }])
    // Spells itself like ours and is not: on a log that others may write to it must not stop the pipeline.
    const forged = { c: 1, tenant: 'demo', source: 'x', type: 'order.observed', version: 1, id: 'x', data: {} }
    await engine.log.append('omnify.events', 2, [{ key: null, value: Buffer.from(JSON.stringify(forged)) }])
    await engine.log.append('omnify.events', 1, [
      { key: null, value: Buffer.from(JSON.stringify({ ...order('f1', '7.00'), tenant: 'demo' })) },
      { key: null, value: Buffer.from(JSON.stringify({ ...order('f2', '1e308'), tenant: 'demo' })) },
    ])
    await engine.caughtUp()
    expect(await engine.store.query(`SELECT code, stage, tenant FROM failed_events ORDER BY code`)).toEqual([
      { code: 'id_conflict', stage: 'facts', tenant: 'demo' },
      { code: 'invalid_json', stage: 'decode', tenant: '' },
      { code: 'missing_field', stage: 'decode', tenant: 'demo' },
      { code: 'money_out_of_range', stage: 'decode', tenant: 'demo' },
    ])
    expect(await engine.store.query(`SELECT id FROM fact_orders WHERE id LIKE 'f%'`)).toEqual([{ id: 'f1' }])
    expect(await engine.store.query(`SELECT count() AS n FROM fact_touches`)).toEqual([{ n: '1' }])
    await runner.stop()
  })
})
