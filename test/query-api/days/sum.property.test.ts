import fc from 'fast-check'
import { expect, it } from 'vitest'
import { keyPool } from '../../../query-api/days/key-pool.ts'
import { type CellRow, KEY_FIELDS, pageOf } from '../../../query-api/days/page.ts'
import { SHAPES, shapeFor } from '../../../query-api/days/shapes.ts'
import { sumsOfDays } from '../../../query-api/days/sum.ts'
import { planOf } from '../../../query-api/metrics/plan.ts'
import { parseRequest } from '../../../query-api/metrics/request.ts'
import { COMMERCE_SLICE, sliceOf, WINDOW_SUMS } from '../../../schemas/windows.ts'
import { parseDay } from '../../../schemas/zone.ts'
import { bruteForce, type Fact, type Test } from '../metrics/brute-force.ts'

const RUNS = 2_000

const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary, weight: 1 }, { arbitrary: fc.constant(undefined), weight: 3 })

/** No rows of accounts and few breakdowns: most questions have one depth, which is what days can answer. */
const fact: fc.Arbitrary<Fact> = fc
  .record({
    day: fc.constantFrom('2025-03-01', '2025-03-01', '2025-03-02'),
    platform: fc.constantFrom('meta', 'tiktok'),
    account: fc.constantFrom('A', 'B'),
    level: fc.constantFrom<Fact['level'][]>('campaign', 'ad_group', 'ad', 'asset_group'),
    campaign: fc.constantFrom('C', 'D'),
    country: seldom(fc.constantFrom('DE', 'FR')),
    currency: fc.constantFrom('USD', 'USD', 'EUR'),
    impressions: fc.integer({ min: 1, max: 1000 }),
    clicks: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  })
  .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as Fact)

const FIELDS = ['platform', 'account', 'campaign', 'country']
const VALUES: Record<string, string[]> = {
  platform: ['meta', 'tiktok'],
  account: ['A', 'B'],
  campaign: ['C', 'D'],
  country: ['DE', 'FR'],
}
const filter: fc.Arbitrary<Test> = fc
  .tuple(fc.constantFrom(...FIELDS), fc.constantFrom<Test['op'][]>('eq', 'ne', 'in'), fc.boolean(), fc.boolean())
  .map(([field, op, second, unknown]) => {
    const known = VALUES[field]![second ? 1 : 0]!
    return { field, op, values: op === 'in' ? VALUES[field]! : [unknown ? null : known] }
  })

const worlds = fc.record({
  facts: fc.uniqueArray(fact, { minLength: 1, maxLength: 25, selector: keyOfReport }),
  dimensions: fc.uniqueArray(fc.constantFrom('day', ...FIELDS), { maxLength: 3 }),
  filters: fc.array(filter, { maxLength: 2 }),
  before: fc.array(fc.array(filter, { maxLength: 2 }), { maxLength: 3 }),
})

it('days give the sums of the facts, each delivery once, or leave the question to the store', () => {
  let [answered, left] = [0, 0]
  fc.assert(
    fc.property(worlds, ({ before, facts, dimensions, filters }) => {
      const request = requestOf(dimensions, filters)
      const plan = planOf(request)
      const shape = shapeFor(plan)!
      const days = [...new Set(facts.map(({ day }) => day))]
      const pool = keyPool()
      const cells = facts.map((f) => cellOf(f, shape.extra, pool))
      const pages = days.map((day) =>
        pageOf(
          parseDay(day)!,
          cells.filter((cell) => cell.day === parseDay(day)),
          shape.extra.length,
        ),
      )
      const scope = { ...NO_SCOPE, filters: request.filters }
      const slices = [...new Set([...cells.map(({ slice }) => slice), COMMERCE_SLICE])]
      // What was asked of the same pages before changes no answer.
      for (const others of before) {
        const other = requestOf(['platform'], others)
        if (shapeFor(planOf(other)) === shape)
          sumsOfDays(planOf(other), { ...NO_SCOPE, filters: other.filters }, shape, pages, slices)
      }
      const groups = sumsOfDays(plan, scope, shape, pages, slices)
      if (groups === undefined) {
        left++
        return
      }
      answered++
      const got = [...groups.values()].map(({ cell, keys }) => {
        const at = (dimension: string) => keys[plan.keys.indexOf(dimension)] || null
        const known = (name: string) => (cell[`${name}_n`] === 0n ? null : cell[name])
        return [JSON.stringify(dimensions.map(at)), { impressions: known('impressions'), clicks: known('clicks') }]
      })
      expect(Object.fromEntries(got)).toEqual(Object.fromEntries(bruteForce(facts, dimensions, filters)))
    }),
    { numRuns: RUNS, seed: 20_260_101 },
  )
  expect(answered).toBeGreaterThan(RUNS / 2)
  expect(left).toBeGreaterThan(0)
})

it('shapes are read from the set with the fewest rows', () => {
  expect(SHAPES.map(({ table }) => table)).toEqual(['windows_day_campaign', 'windows_day'])
})

function requestOf(dimensions: readonly string[], filters: readonly Test[]) {
  return parseRequest({
    measures: ['impressions', 'clicks'],
    dimensions,
    filters: filters.map(({ field, op, values }) => ({ field, op, value: op === 'in' ? values : values[0] })),
  })
}

const NO_SCOPE = {
  tenant: 't',
  range: { from: undefined, to: undefined },
  shift: undefined,
  time_zone: undefined,
  hourly: false,
  as_of_ms: undefined,
}

function cellOf(f: Fact, extra: readonly string[], pool: ReturnType<typeof keyPool>): CellRow {
  const label = (name: string) => (f as unknown as Record<string, string | undefined>)[name] ?? ''
  const sums: Record<string, number> = {
    n: 1,
    impressions: f.impressions!,
    impressions_n: 1,
    clicks: f.clicks ?? 0,
    clicks_n: f.clicks === undefined ? 0 : 1,
  }
  return {
    day: parseDay(f.day)!,
    key: pool.of(KEY_FIELDS.map(label)),
    slice: sliceOf(f.level, { country: f.country }),
    extra: extra.map(label),
    sums: WINDOW_SUMS.map((name) => sums[name] ?? 0),
  }
}

/** Two reports of one row are one fact. */
function keyOfReport(f: Fact): string {
  const { impressions: _, clicks: __, currency: ___, ...key } = f
  return JSON.stringify(Object.entries(key).toSorted())
}
