import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryLook, DeliveryRow } from '../../../../ingest/world/model.ts'
import { shippedModel } from '../../../../models/fatigue/shipped.ts'
import { seeded } from '../../../../models/math/random.ts'
import { steadyClock, systemRandomBytes } from '../../../../pipelines/clock.ts'
import { knownAt } from '../../../../pipelines/forecast/fatigue/read-days.ts'
import { type FatigueDetails, SHIPPED_FATIGUE } from '../../../../pipelines/forecast/fatigue/records.ts'
import { fatigueStage } from '../../../../pipelines/forecast/fatigue/stage.ts'
import { fatigueTruthSources, fatigueTruths } from '../../../../pipelines/forecast/fatigue/truth.ts'
import { readForecasts } from '../../../../pipelines/forecast/read.ts'
import type { StageDeps } from '../../../../pipelines/stages/stage.ts'
import type { AlertCommand } from '../../../../schemas/alert-commands.ts'
import { parseAlert } from '../../../../schemas/alerts.ts'
import { TOPICS } from '../../../../schemas/topics.ts'
import { formatDay } from '../../../../schemas/zone.ts'
import { createTables, type Delivery, insertDeliveries, insertWatermark } from '../../../query-api/support/fill.ts'
import { openMemoryLog } from '../../../support/memory-log.ts'
import { useStore } from '../../../support/store.ts'
import { ACCOUNTS, FIRST_DAY, reportsOf } from './support/known-answer.ts'

const TENANT = 'demo'
const TIKTOK = ACCOUNTS.find(({ platform }) => platform === 'tiktok')!
const dayOf = (n: number) => FIRST_DAY + n - 1

/** Every look at the reports of TikTok from day 170 to 241: 77 days, most of them seen seven times. */
const LOOKS = reportsOf(TIKTOK, dayOf(170), dayOf(241)).flatMap((row) => row.looks.map((look) => lookOf(row, look)))
const seenBetween = (from_ms: number, to_ms: number) =>
  LOOKS.filter(({ at }) => Date.parse(at!) > from_ms && Date.parse(at!) <= to_ms)

function lookOf(row: DeliveryRow, look: DeliveryLook): Delivery & { time_zone: string } {
  const { account, ad, day, reach } = row
  return {
    id: `${ad.id} ${day}`,
    at: new Date(look.occurred_ms).toISOString(),
    day: formatDay(day),
    time_zone: account.zone,
    platform: account.platform,
    account: account.id,
    campaign: ad.campaign,
    ad_group: ad.ad_group,
    ad: ad.id,
    creative: ad.creative,
    country: ad.country,
    currency: account.currency,
    impressions: look.impressions,
    clicks: look.clicks,
    spend_micros: look.spend * account.unit_micros,
    conversions_micros: look.conversions * 1e6,
    video_views: look.views,
    ...(reach === null ? {} : { reach }),
  }
}

const test = useStore()
const log = openMemoryLog()
beforeAll(async () => {
  await createTables(test.store)
  await log.ensureTopics(Object.values(TOPICS))
})

/** Runs the stage until the condition holds, then stops it. */
async function runUntil(holds: () => Promise<boolean>): Promise<void> {
  const stop = new AbortController()
  const warnings: string[] = []
  const logger = {
    info: () => {},
    warn: (text: string) => warnings.push(text),
    error: (text: string) => warnings.push(text),
  }
  const deps = { log, store: test.store, clock: () => Date.UTC(2026, 0, 10), steady: steadyClock }
  const stage = fatigueStage(async () => shippedModel(), 20)
  const running = stage.run({ ...deps, logger, randomBytes: systemRandomBytes } as unknown as StageDeps, stop.signal)
  try {
    while (!(await holds())) await Promise.race([running, sleep(20)])
  } finally {
    stop.abort()
    await running
  }
  expect(warnings).toEqual([])
}

const forecastsOf = (tenant: string) => readForecasts(test.store, { tenant, model: 'fatigue' })
const isForecast =
  (n: number, tenant = TENANT) =>
  async () =>
    (await readForecasts(test.store, { tenant, model: 'fatigue', origin: dayOf(n), entities: ['C12'] })).length === 4
const told = () => log.all(TOPICS.alerts.name).map(({ value }) => parseAlert(value!.toString()))
const passed = (n: number) => knownAt(TIKTOK.zone, dayOf(n)) + 60_000

describe('the stage', () => {
  it('forecasts every creative of the last day that is over, and warns of C12 alone', async () => {
    await insertDeliveries(test.store, TENANT, seenBetween(0, passed(239)))
    await insertWatermark(test.store, TENANT, 'shopify', new Date(passed(239)).toISOString())
    await runUntil(isForecast(239))

    const of_day = (await forecastsOf(TENANT)).filter(({ origin }) => origin === dayOf(239))
    expect(new Set(of_day.map(({ entity }) => entity)).size).toBe(8)
    for (const creative of Map.groupBy(of_day, ({ entity }) => entity).values()) {
      const p = (metric: string, days: number) =>
        creative.find((one) => one.metric === metric && one.horizon_days === days)!.probability!
      expect(p('limited', 14)).toBeGreaterThanOrEqual(p('limited', 7))
      expect(p('fatigued', 14)).toBeGreaterThanOrEqual(p('fatigued', 7))
      expect(p('limited', 14)).toBeGreaterThanOrEqual(p('fatigued', 14))
    }
    expect(told()).toHaveLength(1)
    expect(told()[0]).toMatchObject({
      state: 'open',
      kind: 'fatigue',
      scope: { platform: 'tiktok', account: TIKTOK.id, creative: 'C12' },
      cause_class: 'creative_fatigue',
      money_at_stake: { currency: 'USD' },
    })
    expect(told()[0]!.title).toMatch(
      /^Creative C12 on tiktok is wearing out: \d\d % chance that a result costs 1.5× its/,
    )
  })

  it('keeps what the shipped model alone says beside it, to be scored by itself', async () => {
    const of = { tenant: TENANT, origin: dayOf(239) }
    const served = await readForecasts(test.store, { ...of, model: 'fatigue' })
    const shipped = await readForecasts(test.store, { ...of, model: SHIPPED_FATIGUE })
    const said = (all: typeof served, chanceOf: (one: (typeof served)[number]) => unknown) =>
      all.map((one) => ({
        ...one,
        model: one.model.split('@')[1],
        features_hash: 0n,
        details: '',
        probability: chanceOf(one),
      }))
    expect(said(shipped, ({ probability }) => probability)).toEqual(
      said(served, ({ details }) => (JSON.parse(details) as FatigueDetails).shipped),
    )
    expect(fatigueTruthSources().map(({ model }) => model)).toEqual(['fatigue', SHIPPED_FATIGUE])
  })

  it('writes days before its start for the score table, one in fourteen, and none twice after a restart', async () => {
    const origins = async () => new Set((await forecastsOf(TENANT)).map(({ origin }) => origin))
    await runUntil(async () => (await origins()).size >= 5)
    const before = await forecastsOf(TENANT)
    await runUntil(isForecast(239))
    expect(await forecastsOf(TENANT)).toEqual(before)
    expect(told()).toHaveLength(1)
  })

  it('goes on with the next day, and does what users say of its alerts', async () => {
    await insertDeliveries(test.store, TENANT, seenBetween(passed(239), passed(241)))
    await insertWatermark(test.store, TENANT, 'shopify', new Date(passed(241)).toISOString())
    const { id } = told()[0]!
    const command: AlertCommand = {
      id: 'x1',
      tenant: TENANT,
      at: '2026-01-02T06:00:00Z',
      by: 'somebody',
      kind: 'acknowledge',
      alert: id,
    }
    await log.append(TOPICS.alert_commands.name, 0, [{ key: null, value: Buffer.from(JSON.stringify(command)) }])
    // Of days that were missed, every one is there.
    const all = async () => (await isForecast(241)()) && (await isForecast(240)())
    await runUntil(async () => (await all()) && told().at(-1)!.acknowledged_by === 'somebody')
    const revisions = told()
    expect(revisions.map((one) => one.id)).toEqual(revisions.map(() => id))
    expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map((_, i) => i + 1))
  })

  it('says the same whatever the order of arrival, and whatever is known later', async () => {
    const random = seeded(5)
    const shuffled = LOOKS.map((look) => ({ look, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ look }) => look)
    await insertDeliveries(test.store, 'other', shuffled)
    await insertWatermark(test.store, 'other', 'shopify', new Date(passed(241)).toISOString())
    await runUntil(isForecast(241, 'other'))
    const say = (all: Awaited<ReturnType<typeof forecastsOf>>) =>
      all
        .filter(({ origin }) => origin === dayOf(241))
        .map(({ details, entity, features_hash, horizon_days, metric, probability }) => {
          return { details, entity, features_hash, horizon_days, metric, probability }
        })
    expect(say(await forecastsOf('other'))).toEqual(say(await forecastsOf(TENANT)))
  })

  it('knows what became of a forecast from what was reported later', async () => {
    const last = reportsOf(TIKTOK, dayOf(170), dayOf(262)).map((row) => lookOf(row, row.looks.at(-1)!))
    await insertDeliveries(test.store, 'later', last)
    const batch = {
      ...{ tenant: 'later', model: 'fatigue@1', scope: `tiktok/${TIKTOK.id}`, currency: 'USD', edition: 0 },
      ...{ origin: dayOf(239), horizon_days: 14 },
    }
    const source = fatigueTruths()
    const signal = new AbortController().signal
    const [before] = await source.hashes(test.store, [batch], signal)
    const truthOf = await source.truths(test.store, batch, signal)
    const truth = (entity: string, metric: string) => truthOf({ entity_kind: 'creative', entity, metric })
    // C12 becomes limited on day 248, never fatigued; the others get dearer with their market.
    expect(truth('C12', 'limited')).toBe(1)
    expect(truth('C12', 'fatigued')).toBe(0)
    for (const creative of ['C9', 'C10', 'C11', 'C13', 'C14', 'C15']) {
      expect(truth(creative, 'limited'), creative).toBe(0)
    }
    expect(truth('C1', 'limited')).toBeNull()
    // A day behind the horizon changes nothing, one within it does.
    const restated = (n: number) => {
      const { at, ...row } = last.find(({ day, creative }) => day === formatDay(dayOf(n)) && creative === 'C12')!
      return { ...row, at: '2026-03-01T00:00:00Z', conversions_micros: 1e6 }
    }
    await insertDeliveries(test.store, 'later', [restated(254)])
    expect(await source.hashes(test.store, [batch], signal)).toEqual([before])
    await insertDeliveries(test.store, 'later', [restated(250)])
    expect(await source.hashes(test.store, [batch], signal)).not.toEqual([before])
  })
})
