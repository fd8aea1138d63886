import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createMetrics } from '../../../query-api/metrics/answer.ts'
import { useStore } from '../../support/store.ts'
import { asker } from '../support/ask.ts'
import { createTables, fillWindows, insertDeliveries } from '../support/fill.ts'
import { heldMetrics } from '../support/held.ts'
import { bruteForce, type Fact, type Test } from './brute-force.ts'

/** Worlds × questions; each is asked of windows, of facts and of days that are held. A failure prints seed and world. */
const WORLDS = 6
const QUESTIONS = 8
const SEED = 20_260_101

const letter = (letters: string) => fc.constantFrom(...letters)
/** Mostly unknown: keys are to hold several reports of one delivery. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary, weight: 1 }, { arbitrary: fc.constant(undefined), weight: 3 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const fact: fc.Arbitrary<Fact> = fc
  .record({
    day: fc.constantFrom('2025-03-01', '2025-03-01', '2025-03-01', '2025-03-02'),
    platform: fc.constantFrom('meta', 'meta', 'meta', 'tiktok'),
    account: letter('AAB'),
    level: fc.constantFrom<Fact['level'][]>('account', 'campaign', 'ad_group', 'ad', 'ad', 'asset_group'),
    campaign: letter('CD'),
    ad_group: letter('GH'),
    ad: letter('xyz'),
    creative: letter('pq'),
    country: seldom(fc.constantFrom('DE', 'FR')),
    device: seldom(fc.constantFrom('mobile', 'desktop')),
    segment: seldom(fc.constant('brand')),
    currency: fc.constantFrom('USD', 'USD', 'USD', 'USD', 'USD', 'EUR'),
    impressions: fc.integer({ min: 1, max: 1000 }),
    clicks: maybe(fc.integer({ min: 0, max: 50 })),
  })
  .map(({ campaign, ad_group, ad, creative, ...row }) => {
    // An object has the ids of the objects above it and none of those below.
    const path = {
      account: {},
      campaign: { campaign },
      ad_group: { campaign, ad_group },
      ad: { campaign, ad_group, ad, creative },
      asset_group: { campaign, asset_group: ad },
    }[row.level]
    const defined = Object.entries({ ...row, ...path }).filter(([, value]) => value !== undefined)
    return Object.fromEntries(defined) as unknown as Fact
  })

const FIELDS = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative', 'country', 'device']
const VALUES: Record<string, string[]> = {
  platform: ['meta', 'tiktok'],
  account: ['A', 'B'],
  campaign: ['C', 'D'],
  ad_group: ['G', 'H'],
  ad: ['x', 'y'],
  creative: ['p', 'q'],
  country: ['DE', 'FR'],
  device: ['mobile', 'desktop'],
}

const test_: fc.Arbitrary<Test> = fc
  .tuple(fc.constantFrom(...FIELDS), fc.constantFrom<Test['op'][]>('eq', 'ne', 'in'), fc.boolean(), fc.boolean())
  .map(([field, op, second, unknown]) => {
    const known = VALUES[field]![second ? 1 : 0]!
    return { field, op, values: op === 'in' ? VALUES[field]! : [unknown ? null : known] }
  })

const question = fc.record({
  dimensions: fc.uniqueArray(fc.constantFrom('day', ...FIELDS), { maxLength: 4 }),
  filters: fc.array(test_, { maxLength: 2 }),
})

describe('slices of one delivery', () => {
  const context = useStore()
  const ask = asker(() => context.store)
  beforeAll(() => createTables(context.store))

  const worlds = fc.sample(fc.uniqueArray(fact, { minLength: 8, maxLength: 60, selector: identity }), {
    seed: SEED,
    numRuns: WORLDS,
  })

  it.each(worlds.map((facts, i) => ({ i, facts })))(
    `are counted once, seed ${SEED}, world $i`,
    async ({ i, facts }) => {
      const tenant = `world${i}`
      await insertDeliveries(context.store, tenant, facts)
      await fillWindows(context.store, tenant)
      // One memory for all questions, so that guesses of slices are made, and are wrong at times.
      const metrics = createMetrics(context.store, () => 0)
      const held = await heldMetrics(context.store)
      for (const { dimensions, filters } of fc.sample(question, { seed: SEED + i, numRuns: QUESTIONS })) {
        const expected = bruteForce(facts, dimensions, filters)
        const body = {
          measures: ['impressions', 'clicks'],
          dimensions,
          filters: filters.map(({ field, op, values }) => ({ field, op, value: op === 'in' ? values : values[0] })),
        }
        for (const [source, from] of [
          [{}, metrics],
          [{ as_of: '2026-01-01T00:00:00Z' }, metrics],
          [{ from: '2025-03-01', to: '2025-03-03' }, held.metrics],
        ] as const) {
          const { rows } = await ask(tenant, { ...body, ...source }, from)
          const got = new Map(
            rows.map((row) => [
              JSON.stringify(dimensions.map((d) => row[d])),
              { impressions: row.impressions, clicks: row.clicks },
            ]),
          )
          const wanted = new Map(
            [...expected].map(([key, v]) => [key, { impressions: numeric(v.impressions), clicks: numeric(v.clicks) }]),
          )
          const why = JSON.stringify({ tenant, ...body, ...source })
          expect(Object.fromEntries([...got].toSorted()), why).toEqual(Object.fromEntries([...wanted].toSorted()))
        }
      }
    },
  )
})

/** Two reports of one row are one fact. */
function identity(f: Fact): string {
  const { impressions: _, clicks: __, currency: ___, ...key } = f
  return JSON.stringify(Object.entries(key).toSorted())
}

function numeric(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}
