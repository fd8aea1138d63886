import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../support/omnify-process.ts'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { sharedData } from '../support/shared-data.ts'

const data = sharedData('imports of the real files by the command')
const FIRST = { read: 69_659, accepted: 69_659, duplicate: 0, rejected: 0, orphaned: 0 }
const AGAIN = { ...FIRST, accepted: 0, duplicate: 69_659 }

describe.skipIf(data === undefined)('omnify import', () => {
  const file = join(data ?? '', 'ltv/CDNOW_master.txt')
  const days = data === undefined ? [] : cdnowDays(file)
  const args = ['import', file, '--mapping', 'cdnow']

  /** The file's figures by the API: in all, and of every day. */
  async function expectCdnow(engine: RunningEngine, key = engine.key): Promise<void> {
    const measures = ['orders', 'customers', 'revenue']
    expect(await engine.metrics({ measures }, key)).toEqual([
      { orders: 69_659, customers: 23_570, revenue: '2500315.63', currency: 'USD' },
    ])
    const rows = await engine.metrics({ measures: ['orders', 'revenue', 'customers'], grain: 'day', limit: 1_000 }, key)
    expect(rows.map(({ finality: _, ...row }) => row)).toEqual(days)
  }

  describe('into a running engine', () => {
    const processes = useProcesses()
    let engine: RunningEngine
    let acme: string
    beforeAll(async () => {
      engine = await processes.engine()
    })

    it('takes CDNOW for the tenant that is named, and every day is right; twice changes nothing', async () => {
      const added = await processes.run(engine.home, ['tenants', 'add', 'acme', '--currency', 'USD', '--zone', 'UTC'])
      acme = added.out.trim()
      for (const expected of [FIRST, AGAIN]) {
        const imported = await processes.run(engine.home, [...args, '--tenant', 'acme'])
        expect({ code: imported.code, out: imported.out }, imported.err).toEqual({
          code: 0,
          out: `${JSON.stringify(expected)}\n`,
        })
        await expectCdnow(engine, acme)
      }
      expect(await engine.metrics({ measures: ['orders'] })).toEqual([])
    }, 150_000)

    it.each([
      ['shopify-orders', 'shopify/shopify_order_data.csv', { read: 8, accepted: 8, orphaned: 0 }],
      ['shopify-refunds', 'shopify/shopify_refund_data.csv', { read: 5, accepted: 5, orphaned: 5 }],
      ['shopify-transactions', 'shopify/shopify_transaction_data.csv', { read: 5, accepted: 5, orphaned: 5 }],
      ['google-ads-ad-stats', 'google_ads/ad_stats_data.csv', { read: 10, accepted: 10, orphaned: 0 }],
      ['google-ads-ad-stats', 'ad_reporting/google_ads_ad_stats_data.csv', { read: 10, accepted: 10, orphaned: 0 }],
      ['facebook-ads-basic-ad', 'facebook_ads/facebook_ads_basic_ad_data.csv', { read: 10, accepted: 10, orphaned: 0 }],
    ])('takes the sample %s %s', async (mapping, sample, counts) => {
      const path = join(data!, 'platform-samples', sample)
      const before = await engine.metrics({ measures: ['revenue'] })
      const first = await processes.run(engine.home, ['import', path, '--mapping', mapping, '--tenant', 'demo'])
      expect({ code: first.code, ...JSON.parse(first.out) }).toEqual({ code: 0, duplicate: 0, rejected: 0, ...counts })
      // Refunds of unknown amount, and sales that are no refunds, take nothing off.
      if (counts.orphaned > 0) expect(await engine.metrics({ measures: ['revenue'] })).toEqual(before)
    })

    it('takes nothing of several files the second time, and adds their counts up', async () => {
      const files = ['order', 'order'].map((what) => join(data!, `platform-samples/shopify/shopify_${what}_data.csv`))
      const again = await processes.run(engine.home, ['import', ...files, '--mapping', 'shopify-orders'])
      expect(JSON.parse(again.out)).toEqual({ read: 16, accepted: 0, duplicate: 16, rejected: 0, orphaned: 0 })
    })

    it('has the samples right in the end', async () => {
      expect(await engine.metrics({ measures: ['orders', 'revenue'] })).toEqual([
        { orders: 3, revenue: '11.98', currency: 'GBP' },
        { orders: 5, revenue: '615.03', currency: 'USD' },
      ])
      const ads = await engine.metrics({ measures: ['impressions', 'spend', 'conversions'], dimensions: ['platform'] })
      expect(ads).toMatchObject([
        { platform: 'google', conversions: 33 },
        { platform: 'meta', impressions: 37_275, spend: '643.63' },
      ])
      expect((await engine.status()).pipelines[0].failed_events).toBe(0)
    })

    // Last but one: the forecast is made while the other tests run.
    it("forecasts what CDNOW's customers will be worth, by weekly cohorts that add up", async () => {
      const [shop, ...others] = await forecastShops(engine, acme)
      expect(others).toEqual([])
      expect(shop).toMatchObject({ currency: 'USD', insufficient: null, origin: '1998-06-30' })
      const { cohorts, total } = shop
      const sum = (micros: readonly number[]) => micros.reduce((all, one) => all + one, 0)
      expect(sum(cohorts.map(({ value_to_date }: Json) => microsOf(value_to_date)))).toBe(2_500_315_630_000)
      expect(cohorts.map(({ week }: Json) => week)).toEqual(mondays('1996-12-30', 13))
      expect(total.map(({ horizon_days }: Json) => horizon_days)).toEqual([30, 90, 365])
      total.forEach(({ value }: Json, at: number) => {
        const means = cohorts.map(({ horizons }: Json) => microsOf(horizons[at].value.mean))
        // Each is rounded to a micro.
        expect(Math.abs(sum(means) - microsOf(value.mean))).toBeLessThanOrEqual(cohorts.length)
        expect(microsOf(value.q10)).toBeLessThan(microsOf(value.mean))
        expect(microsOf(value.q90)).toBeGreaterThan(microsOf(value.mean))
      })
      // $9 to $12 a customer in a quarter, as they had spent in the quarter before.
      expect(microsOf(total[1].value.mean) / 23_570e6).toBeGreaterThan(7)
      expect(microsOf(total[1].value.mean) / 23_570e6).toBeLessThan(14)
    }, 150_000)

    it.each([
      ['no file', ['import', '/nowhere.csv', '--mapping', 'cdnow'], 1, /nowhere\.csv/],
      ['no such mapping', ['import', file, '--mapping', 'cdnew'], 1, /cdnew/],
      ['no such tenant', [...args, '--tenant', 'nobody'], 1, /no tenant nobody/],
      ['no mapping', ['import', file], 2, /--mapping/],
    ])('says what is wrong: %s', async (_what, command, code, message) => {
      const result = await processes.run(engine.home, command)
      expect({ code: result.code, out: result.out }).toEqual({ code, out: '' })
      expect(result.err).toMatch(message)
    })
  })

  describe('killed in the middle', () => {
    const processes = useProcesses()

    it('with the engine down: the same command finishes the work, and nothing is doubled', async () => {
      const home = await processes.home()
      // From before the first record is sent to after the last one is.
      for (const part of [0.1, 0.6]) {
        const killed = processes.start(home, args)
        await logHolds(home, part * LOG_BYTES, killed.ended)
        killed.kill('SIGKILL')
        await killed.ended
      }
      const finished = await processes.run(home, args)
      const counts = JSON.parse(finished.out)
      expect(counts, finished.err).toMatchObject({ read: 69_659, rejected: 0, orphaned: 0 })
      expect(counts.accepted + counts.duplicate).toBe(69_659)
      expect(JSON.parse((await processes.run(home, args)).out)).toEqual(AGAIN)
      await expectCdnow(await processes.engine({ home }))
    }, 180_000)

    it('with the engine up: killing the command, then the engine, costs nothing', async () => {
      const first = await processes.engine()
      const { home } = first
      const command = processes.start(home, args)
      await logHolds(home, 0.3 * LOG_BYTES, command.ended)
      command.kill('SIGKILL')
      await command.ended
      const other = processes.start(home, args)
      await logHolds(home, 0.7 * LOG_BYTES, other.ended)
      await first.kill9()
      const ended = await other.ended
      // It may have been done already; if not, it must say so.
      if (ended.code !== 0) expect(ended.code).toBe(1)
      const second = await processes.engine({ home })
      const finished = await processes.run(home, args)
      const counts = JSON.parse(finished.out)
      expect(counts, finished.err).toMatchObject({ read: 69_659, rejected: 0 })
      expect(counts.accepted + counts.duplicate).toBe(69_659)
      await expectCdnow(second)
    }, 180_000)
  })
})

/** Waits until the shops of a tenant are forecast, from all of the file: on a slow machine there may be an edition before. */
async function forecastShops(engine: RunningEngine, key: string): Promise<Json[]> {
  for (;;) {
    const answer = await engine.fetch('/v1/cohorts', { headers: { authorization: `Bearer ${key}` } })
    const { shops } = answer.json()
    const customers = shops.flatMap(({ cohorts }: Json) => cohorts.map((cohort: Json) => cohort.customers))
    if (customers.reduce((sum: number, count: number) => sum + count, 0) === 23_570) return shops
    await sleep(200)
  }
}

function microsOf(money: string): number {
  expect(money).toMatch(/^\d+\.\d{2,6}$/)
  return Math.round(Number(money) * 1e6)
}

function mondays(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, k) =>
    new Date(Date.parse(first) + k * 7 * 86_400_000).toISOString().slice(0, 10),
  )
}

/** What the whole file takes on the log, about. */
const LOG_BYTES = 24_000_000

/** Waits until the events on the log have this size; an import that ended before that was too fast to be killed. */
async function logHolds(home: string, bytes: number, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  const dir = join(home, 'log/topics/omnify.events')
  while (!hasEnded) {
    if (sizeOf(dir) >= bytes) return
    await sleep(5)
  }
  throw new Error(`the import ended with ${sizeOf(dir)} bytes on the log, before it could be killed at ${bytes}`)
}

function sizeOf(dir: string): number {
  if (!existsSync(dir)) return 0
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** The figures of every day, read from the file in another way than the importer's: by columns of fixed width. */
function cdnowDays(path: string) {
  const days = new Map<string, { orders: number; cents: number; customers: Set<string> }>()
  for (const line of readFileSync(path, 'latin1').split('\r\n').slice(1)) {
    if (line === '') continue
    const date = line.slice(7, 15)
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
    const sums = days.get(day) ?? { orders: 0, cents: 0, customers: new Set() }
    sums.orders += 1
    sums.cents += Math.round(Number(line.slice(18)) * 100)
    sums.customers.add(line.slice(1, 6))
    days.set(day, sums)
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, { orders, cents, customers }]) => ({
      day,
      orders,
      revenue: (cents / 100).toFixed(2),
      customers: customers.size,
      currency: 'USD',
    }))
}
