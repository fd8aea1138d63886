import { beforeAll, expect, it } from 'vitest'
import { readSpentBudget } from '../../../pipelines/detect/spent-budget.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
/** Nine in the evening in New York, on the third of March there and on the fourth in UTC. */
const ONSET_MS = Date.UTC(2026, 2, 4, 2)
const beginning = { onset_ms: ONSET_MS, platform: 'meta', campaign: '' }
const read = (over: Partial<typeof beginning> = {}) =>
  readSpentBudget(test.store, 'demo', { ...beginning, ...over }, 'America/New_York')

/** Spend by campaign and hours before the onset; each is told in two slices. */
const SPENT: readonly [string, number, number][] = [
  ['capped', 10, 600],
  ['capped', 0, 380],
  // Of the hours after it, and of the day before.
  ['capped', -1, 500],
  ['open', 30, 4_000],
  ['open', 4, 300],
  ['unknown', 4, 200],
]

beforeAll(async () => {
  for (const slice of ['ad|country', 'account|']) {
    for (const [campaign, hours, spend] of SPENT) {
      const start_ms = ONSET_MS - hours * HOUR_MS
      await test.store.command(
        `INSERT INTO windows_hour (tenant, day, start, cell, platform, account, campaign, slice, spend_micros)
         SELECT 'demo', toDate(toTimeZone(fromUnixTimestamp({start:UInt32}), 'America/New_York')), fromUnixTimestamp({start:UInt32}),
           substring(MD5(concat({campaign:String}, {slice:String})), 1, 16), 'meta', 'act', {campaign:String}, {slice:String}, {spend:UInt32} * 1000000`,
        { campaign, slice, spend, start: start_ms / 1000 },
      )
    }
  }
  const budgets: [string, number, number][] = [
    ['capped', 100, 5_000],
    ['capped', 50, 1_000],
    // Raised after it had stopped.
    ['capped', -2, 9_000],
    ['open', 100, 900],
  ]
  for (const [campaign, hours, budget] of budgets) {
    await test.store.command(
      `INSERT INTO fact_entities (tenant, source, id, occurred_at, day, platform, account, campaign, kind, entity, daily_budget_micros)
       SELECT 'demo', 'meta_ads', {campaign:String}, fromUnixTimestamp({at:UInt32}), toDate(fromUnixTimestamp({at:UInt32})), 'meta', 'act',
         {campaign:String}, 'campaign', {campaign:String}, {budget:UInt32} * 1000000`,
      { campaign, budget, at: (ONSET_MS - hours * HOUR_MS) / 1000 },
    )
  }
})

it('is true where the campaigns that had reached their budget have most of the spend', async () => {
  // 980 of 1,000, of 1,480 in all; the other is at 300 of 900, and nobody knows the budget of the third.
  expect(await read()).toEqual({ budget_spent: true })
  expect(await read({ campaign: 'capped' })).toEqual({ budget_spent: true })
})

it('is not known where budgets are not reached, not known, or are those of another day', async () => {
  expect(await read({ campaign: 'open' })).toEqual({})
  expect(await read({ campaign: 'unknown' })).toEqual({})
  expect(await read({ platform: 'google' })).toEqual({})
  expect(await read({ onset_ms: ONSET_MS - HOUR_MS })).toEqual({})
})
