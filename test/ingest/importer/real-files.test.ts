import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImportDeps } from '../../../ingest/importer/job.ts'
import { loadMapping } from '../../../ingest/importer/mapping/load.ts'
import { runImport } from '../../../ingest/importer/run-import.ts'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Runner } from '../../../pipelines/runner/runner.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { useEngine } from '../../support/engine.ts'
import { sharedData } from '../../support/shared-data.ts'
import { checkpointsDouble } from './support/doubles.ts'

const data = sharedData('imports of CDNOW and of the platform samples')

// The files as they are, through thread, log, pipeline and a real store.
describe.skipIf(data === undefined)('importing the real files', () => {
  const engine = useEngine()
  let runner: Runner
  beforeAll(async () => {
    runner = await engine.start()
  })
  afterAll(() => runner?.stop())

  const importFile = async (mapping: string, file: string) => {
    const deps: ImportDeps = {
      log: engine.log,
      vault: engine.vault,
      store: engine.store,
      checkpoints: checkpointsDouble(),
      clock: systemClock,
      random: systemRandomBytes,
      waitVisible,
    }
    const tenant = { name: 'demo', currency: 'USD', zone: 'America/Los_Angeles' }
    const job = { path: join(data!, file), tenant, mapping: await loadMapping(mapping) }
    const { read, accepted, duplicate, rejected, orphaned } = await runImport(deps, job, () => {})
    return { read, accepted, duplicate, rejected, orphaned }
  }

  async function waitVisible(ends: readonly number[]): Promise<void> {
    for (let i = 0; i < 2_400; i++) {
      const places = await engine.log.groupOffsets('omnify.facts', TOPICS.events.name)
      if (ends.every((end, partition) => (places[partition]?.offset ?? -1) >= end || end === 0)) return
      await sleep(50)
    }
    throw new Error('the pipeline did not catch up within 2 min')
  }

  it('CDNOW: every order, also the 255 surplus equal lines, and nothing more the second time', async () => {
    expect(await importFile('cdnow', 'ltv/CDNOW_master.txt')).toEqual({
      read: 69_659,
      accepted: 69_659,
      duplicate: 0,
      rejected: 0,
      orphaned: 0,
    })
    const sql = `SELECT count() AS orders, uniqExact(id) AS ids, uniqExact(customer) AS customers,
      sum(total_micros) AS micros, min(day) AS first, max(day) AS last FROM fact_orders WHERE source = 'cdnow'`
    const before = await engine.store.query(sql)
    expect(before).toEqual([
      {
        orders: '69659',
        ids: '69659',
        customers: '23570',
        micros: '2500315630000',
        first: '1997-01-01',
        last: '1998-06-30',
      },
    ])
    const days = await engine.store.query(
      `SELECT toString(day) AS day, count() AS orders, sum(total_micros) AS micros FROM fact_orders
       WHERE source = 'cdnow' GROUP BY day ORDER BY day`,
    )
    expect(days).toEqual(cdnowDays(join(data!, 'ltv/CDNOW_master.txt')))
    expect(await importFile('cdnow', 'ltv/CDNOW_master.txt')).toMatchObject({ accepted: 0, duplicate: 69_659 })
    expect(await engine.store.query(sql)).toEqual(before)
  }, 120_000)

  it('Google Ads: ten rows with the ad group of their resource name, then ten newer observations', async () => {
    const ten = { read: 10, accepted: 10, duplicate: 0, rejected: 0, orphaned: 0 }
    expect(await importFile('google-ads-ad-stats', 'platform-samples/google_ads/ad_stats_data.csv')).toEqual(ten)
    const file = 'platform-samples/ad_reporting/google_ads_ad_stats_data.csv'
    expect(await importFile('google-ads-ad-stats', file)).toEqual(ten)
    const rows = await engine.store.query(
      `SELECT uniqExact(id) AS ids, count() AS observations, groupUniqArray(ad_group) AS groups,
        groupUniqArray(currency) AS currencies, sum(conversions_micros) AS conversions, countIf(conversions_micros IS NULL) AS unknown
       FROM fact_delivery WHERE source = 'google_ads'`,
    )
    expect(rows).toEqual([
      {
        ids: '10',
        observations: '20',
        groups: ['100031227574'],
        currencies: ['USD'],
        conversions: '33000000',
        unknown: '10',
      },
    ])
  })

  it('Facebook Ads: ten rows; currency and zone are the tenant’s', async () => {
    const file = 'platform-samples/facebook_ads/facebook_ads_basic_ad_data.csv'
    expect(await importFile('facebook-ads-basic-ad', file)).toMatchObject({ read: 10, accepted: 10 })
    const rows = await engine.store.query(
      `SELECT sum(spend_micros) AS spend, sum(impressions) AS impressions, any(time_zone) AS zone FROM fact_delivery
       WHERE source = 'facebook_ads'`,
    )
    expect(rows).toEqual([{ spend: '643630000', impressions: '37275', zone: 'America/Los_Angeles' }])
  })

  it('Shopify: orders with sealed persons, refunds and transactions whose orders are not in the sample', async () => {
    const shopify = (name: string) =>
      importFile(`shopify-${name}s`, `platform-samples/shopify/shopify_${name}_data.csv`)
    expect(await shopify('order')).toEqual({ read: 8, accepted: 8, duplicate: 0, rejected: 0, orphaned: 0 })
    expect(await shopify('refund')).toEqual({ read: 5, accepted: 5, duplicate: 0, rejected: 0, orphaned: 5 })
    expect(await shopify('transaction')).toEqual({ read: 5, accepted: 5, duplicate: 0, rejected: 0, orphaned: 5 })
    expect(await shopify('refund')).toEqual({ read: 5, accepted: 0, duplicate: 5, rejected: 0, orphaned: 0 })
    const refunds = await engine.store.query(
      `SELECT kind, count() AS n, countIf(amount_micros IS NULL) AS unknown FROM fact_refunds
       WHERE source = 'shopify' GROUP BY kind ORDER BY kind`,
    )
    expect(refunds).toEqual([
      { kind: 'refund', n: '5', unknown: '5' },
      { kind: 'sale', n: '5', unknown: '0' },
    ])
    const orders = await engine.store.query(
      `SELECT currency, count() AS n, sum(total_micros) AS micros, countIf(personal = '') AS bare FROM fact_orders
       WHERE source = 'shopify' GROUP BY currency ORDER BY currency`,
    )
    expect(orders).toEqual([
      { currency: 'GBP', n: '3', micros: '11980000', bare: '0' },
      { currency: 'USD', n: '5', micros: '615030000', bare: '0' },
    ])
  })
})

/** The figures of every day, read from the file in another way than the importer's: by columns of fixed width. */
function cdnowDays(path: string) {
  const days = new Map<string, { orders: number; cents: number }>()
  for (const line of readFileSync(path, 'latin1').split('\r\n').slice(1)) {
    if (line === '') continue
    const date = line.slice(7, 15)
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
    const before = days.get(day) ?? { orders: 0, cents: 0 }
    days.set(day, { orders: before.orders + 1, cents: before.cents + Math.round(Number(line.slice(18)) * 100) })
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, { orders, cents }]) => ({ day, orders: String(orders), micros: String(cents * 10_000) }))
}
