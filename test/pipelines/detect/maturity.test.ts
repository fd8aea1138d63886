import { beforeAll, expect, it } from 'vitest'
import { completeAt } from '../../../pipelines/detect/core/maturity.ts'
import { readMaturity } from '../../../pipelines/detect/maturity.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/zone.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const NOW_MS = Date.UTC(2026, 2, 20, 12)
const WEEK_AGO_MS = NOW_MS - 10 * DAY_MS

/** Platform, hours from the end of its hour until it was seen, clicks and conversions. */
type Look = readonly [string, string, number, number, number]
const LOOKS: readonly Look[] = [
  ['meta', 'a', 0.3, 10_000, 600],
  ['meta', 'a', 8, 10_000, 800],
  ['meta', 'a', 30, 9_900, 1_000],
  // Nothing more is known of this one, so it was seen once.
  ['meta', 'b', 0.3, 10_000, 1_000],
  // Imported weeks later: never young.
  ['meta', 'imported', 300, 90_000, 90_000],
  ['google', 'c', 0.3, 5_000, 300],
]

beforeAll(async () => {
  for (const [at, [platform, id, age_h, clicks, conversions]] of LOOKS.entries()) {
    await test.store.command(
      `INSERT INTO fact_delivery (tenant, source, id, id_hash, occurred_at, day, platform, hour_start, clicks, conversions_micros, _offset)
       SELECT 'demo', {platform:String}, {id:String}, MD5({id:String}), fromUnixTimestamp({seen:UInt32}), toDate(fromUnixTimestamp({hour:UInt32})),
         {platform:String}, fromUnixTimestamp({hour:UInt32}), {clicks:UInt32}, {conversions:UInt32} * 1000000, {at:UInt32}`,
      {
        ...{ platform, id, clicks, conversions, at },
        hour: WEEK_AGO_MS / 1000,
        seen: (WEEK_AGO_MS + HOUR_MS) / 1000 + age_h * 3_600,
      },
    )
  }
})

it('learns from restatements what part of a count is known at each age', async () => {
  const maturity = await readMaturity(test.store, 'demo', NOW_MS)
  const at = (age: number, platform = 'meta') => completeAt(maturity, platform, age)
  expect([0, 3, 7, 13, 25, 50].map((age) => at(age).conversions)).toEqual([
    ...[0.8, 0.8, 0.9, 0.9, 1, 1].map((part) => expect.closeTo(part, 2)),
  ])
  expect(at(0).clicks).toBeCloseTo(20_000 / 19_900, 3)
  expect(at(0, 'google')).toEqual({ impressions: 1, clicks: 1, spend: 1, conversions: 1 })
  expect(at(0, 'tiktok')).toEqual({})
})

it('knows nothing of another tenant, nor of rows that are too young or too old', async () => {
  expect(await readMaturity(test.store, 'other', NOW_MS)).toEqual(new Map())
  expect(await readMaturity(test.store, 'demo', NOW_MS + 20 * DAY_MS)).toEqual(new Map())
  expect(await readMaturity(test.store, 'demo', NOW_MS - 5 * DAY_MS)).toEqual(new Map())
})
