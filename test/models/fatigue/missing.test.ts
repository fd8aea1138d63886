import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { followDay, openAccount } from '../../../models/fatigue/account.ts'
import { byAccountAndDay, type CreativeDay, LEVELS } from '../../../models/fatigue/day.ts'
import { type Forecast, forecast } from '../../../models/fatigue/model.ts'
import { type Outlook, outlookOf } from '../../../models/fatigue/outlook.ts'
import { flagsOf, reasonsOf } from '../../../models/fatigue/reasons.ts'
import { shippedModel } from '../../../models/fatigue/shipped.ts'
import { openFollowed, scoreDay } from '../../../pipelines/forecast/fatigue/follow.ts'

const { model } = shippedModel()

/** Everything that is said of every row: forecast, what it will cost, flags and reasons. */
function said(rows: readonly CreativeDay[]) {
  const all: { readonly forecast: Forecast; readonly outlook: Outlook; readonly rest: unknown }[] = []
  for (const days of byAccountAndDay(rows).values()) {
    const account = openAccount()
    for (const day of days) {
      followDay(account, day, model.structure, (_, creative, belief, market) => {
        const rest = [flagsOf(creative), reasonsOf(creative, belief, market), belief]
        all.push({ forecast: forecast(model, creative, belief, market), outlook: outlookOf(creative, belief), rest })
      })
    }
  }
  return all
}

function expectSound(all: ReturnType<typeof said>): void {
  expect(all.flatMap(faultsOf)).toEqual([])
}

/** What is wrong with what was said of one row, in words: one assertion for thousands of numbers. */
function faultsOf(one: ReturnType<typeof said>[number]): string[] {
  const faults = allFinite(one) ? [] : [`a number is not finite: ${JSON.stringify(one)}`]
  if (one.forecast.kind === 'insufficient') return faults
  const { fatigued, limited } = one.forecast.levels
  const check = (holds: boolean, what: string) => {
    if (!holds) faults.push(`${what}: ${JSON.stringify(one.forecast)}`)
  }
  for (const level of LEVELS) {
    const { half_in_days, p14, p7 } = one.forecast.levels[level]
    for (const { high, low, p } of [p7, p14])
      check(0 <= low && low <= p && p <= high && high <= 1, 'not in its interval')
    check(p7.p <= p14.p, '7 days above 14')
    check(half_in_days >= 1, 'half of it before tomorrow')
  }
  check(fatigued.p14.p <= limited.p14.p && fatigued.p7.p <= limited.p7.p, 'fatigued above limited')
  return faults
}

/** No number in it, however deep, is NaN or infinite. */
function allFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value !== 'object' || Object.values(value).every(allFinite)
}

const number = fc.oneof(fc.constant(0), fc.constant(-1), fc.integer({ min: -1e6, max: -1 }), fc.nat(20), fc.nat(1e6))
const COLUMNS = ['reach_cum', 'reach', 'clicks', 'conversions', 'hook_views', 'spend'] as const

describe('whatever is missing, zero or below it', () => {
  test('every number is finite, every chance lies in its interval, 14 days hold 7, limited holds fatigued', () => {
    const cells = fc.record({
      impressions: number,
      ...Object.fromEntries(COLUMNS.map((name) => [name, fc.option(number)])),
    })
    const shape = fc.array(fc.array(cells, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(shape, (creatives) => {
        const rows = creatives.flatMap((days, c) => {
          return days.map((day, age) => ({ account: 'a', creative: `c${c}`, day: 3 * c + age, age, ...day }))
        })
        expectSound(said(rows as unknown as CreativeDay[]))
      }),
      { numRuns: 25, seed: 17 },
    )
  })

  test('any set of columns that are never there', () => {
    fc.assert(
      fc.property(fc.subarray([...COLUMNS]), (gone) => {
        const nothing = Object.fromEntries(gone.map((name) => [name, null]))
        const all = said(ordinary(10).map((row) => ({ ...row, ...nothing })))
        expectSound(all)
        // Without clicks and views nothing tells how it wears: that is said, and no chance.
        const is_blind = gone.includes('clicks') && gone.includes('hook_views')
        for (const { forecast: of } of all) expect(of.kind).toBe(is_blind ? 'insufficient' : 'forecast')
        // No results, or no money: no amount is made up.
        for (const { outlook } of all) {
          if (gone.includes('spend'))
            expect(outlook).toMatchObject({ money: null, money_a_day: null, results_lost: null })
          if (gone.includes('conversions')) expect(outlook.results_lost).toBeNull()
        }
      }),
      { numRuns: 12, seed: 5 },
    )
  })

  test('an account of three days is told nothing but what is needed', () => {
    const followed = openFollowed({ tenant: 't', platform: 'meta', account: 'a', zone: 'UTC' }, 0)
    for (const [day, rows] of Map.groupBy(ordinary(3), ({ day: of }) => of)) {
      const known = rows.map((row) => ({ ...row, platform: 'meta', currency: 'USD', reach: null, observed_ms: 0 }))
      for (const { forecast: of } of scoreDay(followed, model, day, known).creatives) {
        expect(of).toMatchObject({ kind: 'insufficient', needs: expect.stringMatching(/^7 days of delivery/) })
      }
    }
  })
})

/** Five creatives, so many days. */
function ordinary(days: number): CreativeDay[] {
  return Array.from({ length: 5 * days }, (_, i) => {
    const [c, age] = [i % 5, Math.floor(i / 5)]
    return {
      ...{ account: 'a', creative: `c${c}`, day: age, age, impressions: 9_000 + 100 * c, reach_cum: 8_000 * (age + 1) },
      ...{ reach: 8_000, clicks: 100 - age, conversions: 5, hook_views: 2_000, spend: 90 + c },
    }
  })
}
