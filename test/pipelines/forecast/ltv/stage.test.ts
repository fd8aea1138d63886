import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { seeded } from '../../../../models/math/random.ts'
import { steadyClock, systemClock, systemRandomBytes } from '../../../../pipelines/clock.ts'
import { ltvStage } from '../../../../pipelines/forecast/ltv/stage.ts'
import { readForecasts } from '../../../../pipelines/forecast/read.ts'
import type { StageDeps } from '../../../../pipelines/stages/stage.ts'
import { migrate } from '../../../../pipelines/store/migrate.ts'
import type { ForecastRecord } from '../../../../schemas/forecasts.ts'
import { TOPICS } from '../../../../schemas/topics.ts'
import { openMemoryLog } from '../../../support/memory-log.ts'
import { useStore } from '../../../support/store.ts'
import {
  DAY_MS,
  drawOrders,
  insertOrders,
  insertRefunds,
  insertWatermark,
  type OrderFact,
} from '../support/shop-facts.ts'

const test = useStore()
beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../../schemas/migrations')), 60_000)

const FIRST = 20_000
const ORIGIN = FIRST + 119
const ORDERS = drawOrders(7, 300, FIRST, 120)
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
  const deps = {
    log,
    store: test.store,
    clock: systemClock,
    steady: steadyClock,
    randomBytes: systemRandomBytes,
    logger: quiet,
  }
  const stop = new AbortController()
  const stage = ltvStage({ poll_ms: 20, settle_ms: 100, again_ms: 200, rest: 0 })
  running.push({ stop, ended: stage.run(deps as unknown as StageDeps, stop.signal) })
}

async function shopRecords(tenant: string, edition: number, origin = ORIGIN): Promise<ForecastRecord[]> {
  for (let n = 0; n < 2_000; n++) {
    const done = await readForecasts(test.store, { tenant, origin, edition, entity_kinds: ['shop'] })
    if (done.length === 3) return readForecasts(test.store, { tenant, origin, edition })
    await sleep(50)
  }
  throw new Error(`no forecast of ${tenant}, edition ${edition}`)
}

/** The tenant aside, which is not what is compared. */
function sorted(records: readonly ForecastRecord[]) {
  const key = ({
    entity,
    entity_kind,
    horizon_days,
  }: Pick<ForecastRecord, 'entity' | 'entity_kind' | 'horizon_days'>) => `${entity_kind} ${entity} ${horizon_days}`
  return records.map(({ tenant: _, watermark_ms: __, ...rest }) => rest).toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

describe('the stage of customer value', () => {
  it('forecasts customers, cohorts and the shop, that add up; nothing after the origin is read, whatever arrived when', async () => {
    const random = seeded(1)
    const later: OrderFact[] = [
      { id: 'later', customer: 'c1', day: ORIGIN + 1, total: 1e6, at_ms: 0 },
      // What the shop said of an order after the origin had passed.
      { ...ORDERS[3]!, total: 99_999, at_ms: (ORIGIN + 2 - ORDERS[3]!.day) * DAY_MS },
    ]
    await insertOrders(test.store, 'a', 'shop', ORDERS)
    await insertOrders(
      test.store,
      'b',
      'shop',
      [...ORDERS, ...later].toSorted(() => random() - 0.5),
    )
    await insertWatermark(test.store, 'a', 'shop', (ORIGIN + 1) * DAY_MS)
    await insertWatermark(test.store, 'b', 'shop', (ORIGIN + 1) * DAY_MS + 1)
    await start()
    const [a, b] = [await shopRecords('a', 0), await shopRecords('b', 0)]
    expect(sorted(b)).toEqual(sorted(a))

    for (const horizon of [30, 90, 365]) {
      const of = (kind: string) => a.filter((r) => r.entity_kind === kind && r.horizon_days === horizon)
      const total = of('shop')[0]!
      for (const kind of ['customer', 'cohort', 'channel']) {
        const sum = of(kind).reduce((whole, { mean }) => whole + mean!, 0)
        // Each is rounded to whole micros.
        expect(Math.abs(sum - total.mean!), kind).toBeLessThanOrEqual(of(kind).length)
      }
      expect(of('customer')).toHaveLength(300)
      expect(total.quantiles!.q10).toBeLessThan(total.mean!)
      expect(total.quantiles!.q90).toBeGreaterThan(total.mean!)
      for (const { mean, quantiles } of a) {
        expect(Object.values(quantiles!).every((value) => Number.isFinite(value) && value >= 0) && mean! >= 0).toBe(
          true,
        )
      }
    }
    expect(a.every(({ matures_ms }) => matures_ms > (ORIGIN + 90) * DAY_MS)).toBe(true)
  }, 120_000)

  it('makes a further edition where many orders of before come late, and leaves the first one', async () => {
    await insertOrders(test.store, 'late', 'shop', ORDERS.slice(0, 400))
    await insertWatermark(test.store, 'late', 'shop', (ORIGIN + 1) * DAY_MS)
    await start()
    const first = await shopRecords('late', 0)
    await insertOrders(test.store, 'late', 'shop', ORDERS.slice(400), 400)
    await insertWatermark(test.store, 'late', 'shop', (ORIGIN + 1) * DAY_MS + 5, 2)
    const second = await shopRecords('late', 1)
    const totalOf = (records: readonly ForecastRecord[]) => records.find((r) => r.entity_kind === 'shop')!.mean!
    expect(totalOf(second)).toBeGreaterThan(totalOf(first))
    expect(sorted(await shopRecords('late', 0))).toEqual(sorted(first))
  }, 120_000)

  it('says what is needed where there is too little, and where everything was given back', async () => {
    await insertOrders(test.store, 'small', 'shop', ORDERS.slice(0, 12))
    await insertRefunds(test.store, 'small', 'shop', [{ id: 'r', order: 'o0', day: FIRST + 100, amount: 10 }])
    await insertWatermark(test.store, 'small', 'shop', (ORIGIN + 1) * DAY_MS)
    await start()
    for (const record of await shopRecords('small', 0)) {
      expect(record).toMatchObject({ entity_kind: 'shop', mean: null, quantiles: null, naive: [] })
      expect(JSON.parse(record.details).insufficient).toMatchObject({ needed: { customers: 30 } })
    }
  }, 120_000)
})
