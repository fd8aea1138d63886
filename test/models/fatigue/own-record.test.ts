import { describe, expect, test } from 'vitest'
import type { CreativeDay } from '../../../models/fatigue/day.ts'
import type { Chance, FatigueModel, Forecast, Given } from '../../../models/fatigue/model.ts'
import { correct, type OwnRecord, openAccountRecord, openOwnRecord } from '../../../models/fatigue/own-record.ts'

/** All that a correction reads of a model: how far accounts are from each other, in log odds. */
const MODEL = {
  levels: { limited: { spread: [0.5, 0.5] }, fatigued: { spread: [0.5, 0.5] } },
} as unknown as FatigueModel

const CREATIVES = 8
const FIRST = 20_000

const chance = (p: number): Chance => ({ p, low: p / 2, high: (1 + p) / 2 })
const level = (p7: number, p14: number) => {
  return { p7: chance(p7), p14: chance(p14), grade: 'none', half_in_days: 10 } as const
}
/** The same of every creative on every day. */
const SAID: Given = {
  ...{ kind: 'forecast', p7: 0.1, p14: 0.3, alert: false },
  levels: { limited: level(0.2, 0.4), fatigued: level(0.1, 0.3) },
}

/** Results of every creative on a day; null where the platform tells of none. */
type Results = (creative: number, day: number) => number | null

const STEADY: Results = () => 100

/** Follows an account for so many days, told the same of every creative. @returns what was made of it, by day */
function followed(results: Results, days: number, together: OwnRecord = openOwnRecord(), name = 'a'): Given[][] {
  const account = openAccountRecord(together, name)
  return Array.from({ length: days }, (_, day) => {
    const rows = Array.from({ length: CREATIVES }, (_, c): CreativeDay => {
      const same = { account: name, impressions: 10_000, reach_cum: null, clicks: 400, hook_views: null, spend: 200 }
      return { ...same, creative: `c${c}`, day: FIRST + day, age: day, conversions: results(c, day) }
    })
    const said = rows.map((): Forecast => SAID)
    return correct(account, MODEL, rows, said).map((forecast) => {
      if (forecast.kind === 'insufficient') throw new Error('what was said is not taken back')
      return forecast
    })
  })
}

const p14 = (day: readonly Given[]) => day[0]!.levels.fatigued.p14.p

describe('what became of forecasts corrects the next ones', () => {
  test('until something has matured the shipped chances stand, within an interval', () => {
    for (const day of followed(STEADY, 7)) {
      for (const { levels } of day) {
        expect(levels.fatigued.p14.p).toBeCloseTo(0.3, 12)
        expect(levels.limited.p7.p).toBeCloseTo(0.2, 12)
        expect(levels.fatigued.p14.low).toBeLessThan(0.3)
        expect(levels.fatigued.p14.high).toBeGreaterThan(0.3)
      }
    }
  })

  test('what never comes is promised less and less, and the interval narrows on the log odds', () => {
    const days = followed(STEADY, 80)
    const at = [20, 50, 79].map((day) => p14(days[day]!))
    expect(at).toEqual(at.toSorted((a, b) => b - a))
    expect(at[0]).toBeLessThan(0.3)
    expect(at[2]).toBeLessThan(0.15)
    expect(days[79]![0]!.levels.fatigued.p14.high).toBeLessThan(days[6]![0]!.levels.fatigued.p14.high)
  })

  test('what comes more often than was said is promised more', () => {
    // Half of them cost three times as much for good, one after the other: the market, their median, stands still.
    const worn: Results = (c, day) => (c % 2 === 1 && day >= 16 + 4 * c ? 30 : 100)
    const told = followed(worn, 40)
    expect(p14(told[39]!)).toBeGreaterThan(p14(followed(STEADY, 40)[39]!) + 0.05)
  })

  test('nothing is read that came later', () => {
    const worn: Results = (_, day) => (day >= 40 ? 30 : 100)
    const [one, other] = [followed(STEADY, 60), followed(worn, 60)]
    expect(other.slice(0, 40)).toEqual(one.slice(0, 40))
  })

  test('where nobody can know what became of them, the shipped chances stand', () => {
    const [first, ...rest] = followed(() => null, 60)
    for (const day of rest) expect(day).toEqual(first)
  })
})

describe('accounts of one installation', () => {
  test('learn from each other: a new one begins with what the others have seen', () => {
    const together = openOwnRecord()
    followed(STEADY, 80, together, 'old')
    const account = openAccountRecord(together, 'new')
    const row = { account: 'new', creative: 'c0', day: FIRST + 90, age: 0, impressions: 10_000, reach_cum: null }
    const [first] = correct(
      account,
      MODEL,
      [{ ...row, clicks: 400, hook_views: null, conversions: 100, spend: 200 }],
      [SAID],
    )
    expect(p14([first as Given])).toBeLessThan(0.25)
  })

  test('a correction that has been worse than the shipped model is not served', () => {
    const together = openOwnRecord()
    for (const kind of [0, 1, 2, 3]) {
      const errors = { own: 1_000, shipped: 0 }
      together.matured.add(FIRST - 10, kind, { log_odds: -2, came: 0, weight: 1, errors })
    }
    const days = followed(STEADY, 60, together)
    for (const day of days) for (const { levels } of day) expect(levels).toEqual(SAID.levels)
  })
})
