import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scoreOf } from '../../../models/evaluation/score.ts'
import { computeFit } from '../../../pipelines/forecast/ltv/fit/compute.ts'
import { forecastShop } from '../../../pipelines/forecast/ltv/forecast-shop.ts'
import { readSignature } from '../../../pipelines/forecast/ltv/signature.ts'
import { readForecasts } from '../../../pipelines/forecast/read.ts'
import { writeScores } from '../../../pipelines/forecast/store.ts'
import { formatDay } from '../../../schemas/zone.ts'
import { DAY_MS, drawOrders, insertOrders } from '../../pipelines/forecast/support/shop-facts.ts'
import { useStore } from '../../support/store.ts'
import { createTables } from '../support/fill.ts'
import { as, type Served, serve } from '../support/serve.ts'

const context = useStore()
const state: { served?: Served } = {}
const FIRST = 20_000
const ORIGIN = FIRST + 119
const ORDERS = drawOrders(5, 200, FIRST, 120)

async function forecast(source: string, orders: typeof ORDERS): Promise<void> {
  const { store } = context
  await insertOrders(store, 't', source, orders)
  const shop = { tenant: 't', source, currency: 'EUR', until: ORIGIN, known_ms: (ORIGIN + 1) * DAY_MS }
  const signature = await readSignature(store, shop)
  const made = { shop, edition: 0, watermark_ms: shop.known_ms, signature, each_customer: true }
  await forecastShop(store, made, async (request) => computeFit(request), new AbortController().signal)
}

beforeAll(async () => {
  await createTables(context.store)
  const campaigns = ORDERS.map((order, i) => (i % 2 === 0 ? { ...order, platform: 'meta', campaign: 'c9' } : order))
  await insertSegments()
  await forecast('shop', campaigns)
  await forecast('tiny', ORDERS.slice(0, 5))
  // An order that came after the forecast.
  await insertOrders(context.store, 't', 'shop', [{ id: 'new', customer: 'c7', day: ORIGIN + 1, total: 50 }], 9_999)
  const cohorts = await readForecasts(context.store, { tenant: 't', entity_kinds: ['cohort'], horizon_days: 30 })
  const scored = cohorts.map((one) => ({ ...one, revision: 0, truth_hash: 1n, ...scoreOf(one, one.quantiles!.q50) }))
  await writeScores(context.store, scored)
  state.served = await serve(context)
})
afterAll(() => state.served?.app.close())

/** Of the odd customers: what was said last counts, what was said after the origin is not known to the forecast. */
async function insertSegments(): Promise<void> {
  const said = (n: number, segment: string, day: number) =>
    JSON.stringify({
      ...{ tenant: 't', source: 'shop', kind: 'customer', customer: `c${n}`, segment },
      id_hash: `c${n}`.padEnd(16, '.'),
      occurred_at: new Date(day * DAY_MS).toISOString(),
    })
  const odd = Array.from({ length: 100 }, (_, i) => 2 * i + 1)
  const rows = odd.flatMap((n) => [said(n, 'new', FIRST), said(n, n < 50 ? 'loyal' : 'guest', ORIGIN)])
  rows.push(said(1, 'lost', ORIGIN + 2))
  await context.store.command(`INSERT INTO fact_customers FORMAT JSONEachRow ${rows.join('\n')}`)
}

async function get(url: string, tenant = 't') {
  const answer = await state.served!.app.inject({ url, headers: as(tenant) })
  return { status: answer.statusCode, body: answer.json() }
}

const MONEY = /^\d+\.\d{2,6}$/

function microsOf(money: string): number {
  expect(money).toMatch(MONEY)
  return Math.round(Number(money) * 1e6)
}

describe('GET /v1/customers/{id}/value', () => {
  it('tells the forecast with its record, and what the last order has changed since', async () => {
    const { body, status } = await get('/v1/customers/c7/value?source=shop')
    expect(status).toBe(200)
    const [value] = body.values
    expect(value).toMatchObject({ source: 'shop', currency: 'EUR', model: 'ltv@2', edition: 0, insufficient: null })
    expect(value.forecasts.map((one: { horizon_days: number }) => one.horizon_days)).toEqual([30, 90, 365])
    for (const { orders_mean, p_alive, record, value: amount } of value.forecasts) {
      expect(p_alive).toBeGreaterThan(0)
      expect(p_alive).toBeLessThanOrEqual(1)
      expect(orders_mean).toBeGreaterThan(0)
      expect(amount.mean).toMatch(MONEY)
      expect(Number(amount.q05)).toBeLessThanOrEqual(Number(amount.q95))
      expect(record).toMatchObject({ matured: 0, skill: null })
    }
    expect(value.now.last_order).toBe(formatDay(ORIGIN + 1))
    expect(value.now.horizons[0].value_mean).toMatch(MONEY)
    expect(Number(value.now.horizons[0].value_mean)).toBeGreaterThan(0)
  })

  it('says what is missing where there is too little, and knows nobody else', async () => {
    const { body } = await get('/v1/customers/c0/value?source=tiny')
    expect(body.values).toMatchObject([{ source: 'tiny', forecasts: [], now: null }])
    expect(body.values[0].insufficient).toMatchObject({ needed: { customers: 30 }, seen: { paid_orders: 5 } })
    expect(await get('/v1/customers/nobody/value')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await get('/v1/customers/c7/value', 'other')).toMatchObject({ status: 404 })
    expect(await get('/v1/customers/c7/value?sorce=shop')).toMatchObject({ status: 400 })
  })
})

describe('GET /v1/cohorts', () => {
  it('tells weeks, channels and campaigns, of which each adds up to the total', async () => {
    for (const by of ['week', 'channel']) {
      const { body, status } = await get(`/v1/cohorts?source=shop&by=${by}`)
      expect([status, body.by]).toEqual([200, by])
      const [{ cohorts, total }] = body.shops
      const means = cohorts.map((cohort: { horizons: { value: { mean: string } }[] }) =>
        microsOf(cohort.horizons[2]!.value.mean),
      )
      const sum = means.reduce((whole: number, mean: number) => whole + mean, 0)
      expect(Math.abs(sum - microsOf(total[2].value.mean))).toBeLessThanOrEqual(means.length)
      expect(cohorts.reduce((whole: number, one: { customers: number }) => whole + one.customers, 0)).toBe(200)
    }
    const { body } = await get('/v1/cohorts?source=shop&by=campaign')
    expect(body.shops[0].cohorts.map(({ campaign }: { campaign: string }) => campaign)).toEqual(['meta/c9'])
    const segments = (await get('/v1/cohorts?source=shop&by=segment')).body.shops[0].cohorts
    expect(segments).toMatchObject([
      { segment: 'guest', customers: 75, drift: null },
      { segment: 'loyal', customers: 25, spend: null },
    ])
    const weeks = (await get('/v1/cohorts?source=shop')).body.shops[0].cohorts
    expect(weeks[0].week).toMatch(/^2024-\d\d-\d\d$/)
    expect(weeks[0]).toMatchObject({ spend: null, cac: null, payback: null })
    expect(weeks[0].value_to_date).toMatch(MONEY)
    expect(weeks[0].horizons[0].record).toMatchObject({ matured: weeks.length, coverage_80: 1 })
  })

  it('has a shop with too little in it, and no number for it', async () => {
    const { body } = await get('/v1/cohorts?source=tiny')
    expect(body.shops).toMatchObject([{ total: [], cohorts: [], insufficient: { needed: {}, seen: {} } }])
    expect((await get('/v1/cohorts', 'other')).body.shops).toEqual([])
  })
})

describe('GET /v1/models', () => {
  it('lists what has forecast, with how it turned out', async () => {
    const { body } = await get('/v1/models')
    expect(body.models).toMatchObject([{ name: 'ltv', version: '2', horizons_days: [30, 90, 365] }])
    expect(body.models[0].records).toMatchObject([{ entity_kind: 'cohort', horizon_days: 30, coverage_80: 1 }])
    expect((await get('/v1/models', 'other')).body.models).toEqual([])
  })

  it('tells scores over time, narrowed by what is asked', async () => {
    const { body } = await get('/v1/models/ltv/scores')
    expect(body.over_time).toMatchObject([{ origin: formatDay(ORIGIN), entity_kind: 'cohort', horizon_days: 30 }])
    expect(body.calibration).toEqual([])
    expect((await get('/v1/models/ltv@2/scores?horizon_days=90')).body.records).toEqual([])
    expect(await get('/v1/models/none/scores')).toMatchObject({ status: 404 })
  })
})
