import { beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { asker } from '../support/ask.ts'
import { type Held, heldMetrics } from '../support/held.ts'
import { JANUARY, writeJanuary } from '../support/january.ts'

const context = useStore()
const ask = asker(() => context.store)
let held: Held

beforeAll(async () => {
  await writeJanuary(context.store)
  held = await heldMetrics(context.store)
})

const eq = (field: string, value: string | null) => [{ field, op: 'eq', value }]
const EVERYTHING = [
  'spend',
  'impressions',
  'clicks',
  'conversions',
  'revenue',
  'orders',
  'refunds',
  'ctr',
  'mer',
  'aov',
]

/** Question → the answer of the store; all of them are about January. */
const FROM_DAYS: Record<string, object> = {
  'the total': { measures: EVERYTHING },
  'from ever on': { measures: EVERYTHING, dimensions: ['month'], from: undefined },
  'for ever': { measures: EVERYTHING, dimensions: ['campaign'], from: undefined, to: undefined },
  'of a long time': { measures: EVERYTHING, from: '1990-01-01', to: '2100-01-01' },
  'by campaign': { measures: EVERYTHING, dimensions: ['campaign'] },
  'by day, platform and account': { measures: EVERYTHING, dimensions: ['day', 'platform', 'account'] },
  'by week': { measures: EVERYTHING, grain: 'week' },
  'by month and currency': { measures: ['impressions', 'orders'], dimensions: ['month', 'currency'] },
  'the shop alone': { measures: ['orders', 'revenue'], dimensions: ['campaign'] },
  'delivery alone': { measures: ['clicks'], dimensions: ['campaign'] },
  'claims by platform': { measures: ['roas', 'claimed_share'], dimensions: ['platform'] },
  'by name': { measures: ['clicks'], dimensions: ['campaign', 'campaign_name'] },
  'with customers beside': { measures: ['orders', 'customers', 'new_customers'], dimensions: ['day'] },
  'of one campaign': { measures: EVERYTHING, filters: eq('campaign', 'c1') },
  'of an unknown campaign': { measures: EVERYTHING, filters: eq('campaign', null) },
  'of all platforms but one': { measures: EVERYTHING, filters: [{ field: 'platform', op: 'ne', value: 'meta' }] },
  'of no campaign': { measures: EVERYTHING, filters: [{ field: 'campaign', op: 'in', value: [] }] },
  'of one currency': { measures: EVERYTHING, filters: eq('currency', 'EUR') },
  'in an order, up to a limit': { measures: ['orders'], dimensions: ['day'], order: '-orders', limit: 1 },
  'by an empty dimension': { measures: EVERYTHING, dimensions: ['country'] },
  'compared with a year before': { measures: ['orders'], dimensions: ['day'], compare: 'previous_year' },
  'compared with the month before': { measures: EVERYTHING, dimensions: ['campaign'], compare: 'previous_period' },
}

const FROM_STORE: Record<string, object> = {
  'below campaigns': { measures: ['impressions'], dimensions: ['ad'] },
  'by filter of an ad': { measures: ['impressions'], filters: eq('ad', 'x') },
  'by filter of a time': { measures: ['orders'], filters: [{ field: 'day', op: 'gte', value: '2025-01-02' }] },
  'by filter of an order of names': { measures: ['orders'], filters: [{ field: 'campaign', op: 'gt', value: 'a' }] },
}

describe('an answer from days that are held is that of the store', () => {
  it.each(Object.entries(FROM_DAYS))('%s', async (_, question) => {
    const body = { ...JANUARY, ...question }
    const expected = await ask('t', body)
    held.statements()
    expect(await ask('t', body, held.metrics)).toMatchObject({ rows: expected.rows, watermark: expected.watermark })
    expect(held.statements().questions).toBe(0)
    // Once more, now without a look at the store.
    expect((await ask('t', body, held.metrics)).rows).toEqual(expected.rows)
    expect(held.statements()).toEqual({ questions: 0, days: 0 })
  })

  it.each(Object.entries(FROM_STORE))('and is asked of the store itself %s', async (_, question) => {
    const body = { ...JANUARY, ...question }
    held.statements()
    expect((await ask('t', body, held.metrics)).rows).toEqual((await ask('t', body)).rows)
    const { questions, days } = held.statements()
    expect(questions).toBeGreaterThan(0)
    expect(days).toBe(0)
  })

  it('refuses the same questions', async () => {
    const body = { measures: ['claimed_revenue'], ...JANUARY }
    await expect(ask('t', body, held.metrics)).rejects.toMatchObject({ code: 'non_additive' })
  })
})
