import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { steadyClock, systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { evaluateStage } from '../../../pipelines/evaluate/stage.ts'
import { computeFit } from '../../../pipelines/forecast/ltv/fit/compute.ts'
import { forecastShop } from '../../../pipelines/forecast/ltv/forecast-shop.ts'
import { readSignature } from '../../../pipelines/forecast/ltv/signature.ts'
import { ltvTruth } from '../../../pipelines/forecast/ltv/truth.ts'
import { type ScoreSum, sumScores } from '../../../pipelines/forecast/records.ts'
import type { StageDeps } from '../../../pipelines/stages/stage.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { maturesAt } from '../../../schemas/forecasts.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import { useStore } from '../../support/store.ts'
import { DAY_MS, drawOrders, insertOrders, insertRefunds, insertWatermark } from '../forecast/support/shop-facts.ts'

const test = useStore()
beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations')), 60_000)

const FIRST = 20_000
const ORDERS = drawOrders(11, 250, FIRST, 200)
const ORIGIN = FIRST + 120
const quiet = { info() {}, warn() {}, error() {} }
const running: { stop: AbortController; ended: Promise<void> }[] = []

afterEach(async () => {
  for (const { ended, stop } of running.splice(0)) {
    stop.abort()
    await ended
  }
})

async function start(): Promise<void> {
  const log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
  const clocks = { clock: systemClock, steady: steadyClock }
  const deps = { log, store: test.store, ...clocks, randomBytes: systemRandomBytes, logger: quiet }
  const stop = new AbortController()
  const stage = evaluateStage([ltvTruth], { poll_ms: 20, again_ms: 50 })
  running.push({ stop, ended: stage.run(deps as unknown as StageDeps, stop.signal) })
}

async function forecastFrom(tenant: string, origin: number): Promise<void> {
  const shop = { tenant, source: 'shop', currency: 'EUR', until: origin, known_ms: (origin + 1) * DAY_MS }
  const signature = await readSignature(test.store, shop)
  const watermark_ms = shop.known_ms
  const forecast = { shop, edition: 0, watermark_ms, signature, each_customer: true }
  await forecastShop(test.store, forecast, async (request) => computeFit(request), new AbortController().signal)
}

async function scores(tenant: string, wanted: (sums: readonly ScoreSum[]) => boolean): Promise<readonly ScoreSum[]> {
  for (let n = 0; n < 1_500; n++) {
    const sums = await sumScores(test.store, { tenant }, ['entity_kind', 'horizon_days'])
    if (wanted(sums)) return sums
    await sleep(50)
  }
  throw new Error('it was not scored')
}

it('scores what has matured and nothing before, and again where the truth changed', async () => {
  await insertOrders(test.store, 'a', 'shop', ORDERS)
  await forecastFrom('a', ORIGIN)
  // A day before the forecast of 30 days matures.
  await insertWatermark(test.store, 'a', 'shop', maturesAt(ORIGIN, 30, 'shop') - 1)
  await start()
  await sleep(300)
  expect(await sumScores(test.store, { tenant: 'a' }, ['entity_kind'])).toEqual([])

  await insertWatermark(test.store, 'a', 'shop', maturesAt(ORIGIN, 30, 'shop'))
  const known = new Set(ORDERS.filter(({ day }) => day <= ORIGIN).map(({ customer }) => customer))
  const before = await scores('a', (sums) => sums.some(({ key }) => key.entity_kind === 'customer'))
  expect(before.every(({ key }) => key.horizon_days === '30')).toBe(true)
  const of = (sums: readonly ScoreSum[], kind: string) => sums.find(({ key }) => key.entity_kind === kind)!.record
  expect(of(before, 'customer').matured).toBe(known.size)
  expect(of(before, 'shop')).toMatchObject({ matured: 1 })
  const truth = ORDERS.filter(({ customer, day }) => known.has(customer) && day > ORIGIN && day <= ORIGIN + 30)
  const total = truth.reduce((sum, order) => sum + order.total, 0)
  const actualOf = async () => {
    const [row] = await test.store.query<{ shop: number; newest: number; customers: number; cohorts: number }>(
      `SELECT argMaxIf(actual, revision, entity_kind = 'shop') AS shop, max(revision) AS newest,
         sumIf(actual, entity_kind = 'customer' AND revision = 0) AS customers, sumIf(actual, entity_kind = 'cohort' AND revision = 0) AS cohorts
       FROM forecast_scores FINAL WHERE tenant = 'a'`,
    )
    return row!
  }
  expect(await actualOf()).toEqual({ shop: total * 1e6, newest: 0, customers: total * 1e6, cohorts: total * 1e6 })

  const [given_back] = truth
  await insertRefunds(test.store, 'a', 'shop', [{ id: 'r1', order: given_back!.id, day: ORIGIN + 30, amount: 7 }])
  await expect.poll(actualOf).toMatchObject({ shop: (total - 7) * 1e6, newest: 1 })
  const after = await scores('a', (sums) => of(sums, 'customer').matured === known.size)
  expect(of(after, 'customer').score).not.toBe(of(before, 'customer').score)
}, 120_000)
