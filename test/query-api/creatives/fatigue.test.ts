import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedModel } from '../../../models/fatigue/shipped.ts'
import { openFollowed, scoreDay } from '../../../pipelines/forecast/fatigue/follow.ts'
import { recordsOf } from '../../../pipelines/forecast/fatigue/records.ts'
import { writeForecasts } from '../../../pipelines/forecast/store.ts'
import { formatDay } from '../../../schemas/zone.ts'
import { ACCOUNTS, FIRST_DAY, knownDays } from '../../pipelines/forecast/fatigue/support/known-answer.ts'
import { useStore } from '../../support/store.ts'
import { createTables, insertDeliveries } from '../support/fill.ts'
import { as, type Served, serve } from '../support/serve.ts'

const context = useStore()
const state: { served?: Served } = {}
const TIKTOK = ACCOUNTS.find(({ platform }) => platform === 'tiktok')!
const LAST_DAY = FIRST_DAY + 239

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  const { model, name } = shippedModel()
  const followed = openFollowed({ tenant: 't', platform: 'tiktok', account: TIKTOK.id, zone: 'UTC' }, LAST_DAY - 69)
  for (const [day, rows] of knownDays(TIKTOK, LAST_DAY - 69, LAST_DAY)) {
    const scored = scoreDay(followed, model, day, rows)
    if (day > LAST_DAY - 3) await writeForecasts(store, recordsOf(followed, scored, model, name))
  }
  // Young: three days of delivery, and nothing forecast.
  const days = ['2025-12-29', '2025-12-30', '2025-12-31']
  await insertDeliveries(
    store,
    't',
    days.map((day) => ({ day, platform: 'tiktok', account: TIKTOK.id, creative: 'C99', impressions: 10 })),
  )
  state.served = await serve(context)
})
afterAll(() => state.served?.app.close())

async function get(url: string, tenant = 't') {
  const answer = await state.served!.app.inject({ url, headers: as(tenant) })
  return { status: answer.statusCode, body: answer.json() }
}

describe('GET /v1/creatives/fatigue', () => {
  it('lists the newest day of every creative, most money at stake first', async () => {
    const { body, status } = await get('/v1/creatives/fatigue')
    expect(status).toBe(200)
    expect(body.creatives).toHaveLength(8)
    expect(new Set(body.creatives.map(({ day }: { day: string }) => day))).toEqual(new Set([formatDay(LAST_DAY)]))
    const money = body.creatives.map((one: { money_at_stake_14d: { mean: string } }) =>
      Number(one.money_at_stake_14d.mean),
    )
    expect(money).toEqual(money.toSorted((a: number, b: number) => b - a))
    expect(body.creatives[0]).toMatchObject({
      platform: 'tiktok',
      account: TIKTOK.id,
      creative: 'C12',
      currency: 'USD',
    })
    expect(body.watermark).toMatch(/^2026-01-01T06:00:00\.000Z$/)
  })

  it('narrows by grade, account and limit', async () => {
    const { body } = await get('/v1/creatives/fatigue?grade=alert&order=probability')
    expect(body.creatives.map(({ creative }: { creative: string }) => creative)).toEqual(['C12'])
    const [c12] = body.creatives
    expect(['alert', 'urgent']).toContain(c12.limited.grade)
    expect(c12.limited.refresh_by > formatDay(LAST_DAY)).toBe(true)
    expect(c12.limited.within_14_days.low).toBeLessThan(c12.limited.within_14_days.probability)
    expect(c12.flags.frequency_over_2_5).toBe(true)
    expect(c12.reasons.length).toBeGreaterThan(1)
    expect(c12.cost_per_result).toMatch(/^\d+\.\d\d/)
    expect((await get('/v1/creatives/fatigue?account=nobody')).body.creatives).toEqual([])
    expect((await get('/v1/creatives/fatigue?platform=tik')).body.creatives).toEqual([])
    expect((await get('/v1/creatives/fatigue?limit=3')).body.creatives).toHaveLength(3)
  })

  it.each(['grade=worn', 'limit=0', 'limit=many', 'order=name', 'color=red'])('refuses ?%s', async (query) => {
    const { body, status } = await get(`/v1/creatives/fatigue?${query}`)
    expect(status).toBe(400)
    expect(body.code).toBe('bad_request')
  })

  it("shows nothing of another tenant's", async () => {
    expect((await get('/v1/creatives/fatigue', 'other')).body.creatives).toEqual([])
    expect((await get('/v1/creatives/C12/fatigue', 'other')).status).toBe(404)
  })
})

describe('GET /v1/creatives/{id}/fatigue', () => {
  it('shows every day, the newest first', async () => {
    const { body } = await get('/v1/creatives/C12/fatigue')
    expect(body.accounts).toHaveLength(1)
    const { history } = body.accounts[0]
    expect(history.map(({ day }: { day: string }) => day)).toEqual([0, 1, 2].map((n) => formatDay(LAST_DAY - n)))
    expect(history[0].limited).toEqual(body.accounts[0].limited)
    expect((await get('/v1/creatives/C12/fatigue?days=1')).body.accounts[0].history).toHaveLength(1)
  })

  it('says what is missing where there is too little, and that it knows nothing of what never ran', async () => {
    expect((await get('/v1/creatives/C99/fatigue')).body).toMatchObject({
      accounts: [],
      insufficient: { days_seen: 3, needs: expect.stringContaining('seven days') },
    })
    const { body, status } = await get('/v1/creatives/C98/fatigue')
    expect([status, body.code]).toEqual([404, 'not_found'])
  })
})
