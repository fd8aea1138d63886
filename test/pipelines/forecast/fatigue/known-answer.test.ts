import { describe, expect, test } from 'vitest'
import { byAccountAndDay } from '../../../../models/fatigue/day.ts'
import { labelsOf } from '../../../../models/fatigue/labels.ts'
import { shippedModel } from '../../../../models/fatigue/shipped.ts'
import { openFollowed, type Scored, scoreDay } from '../../../../pipelines/forecast/fatigue/follow.ts'
import { NO_STREAK, nextStreak } from '../../../../pipelines/forecast/fatigue/streaks.ts'
import { pressing } from '../../../../pipelines/forecast/fatigue/warning.ts'
import { ACCOUNTS, FIRST_DAY, knownDays } from './support/known-answer.ts'

/** C12 falls from day 234 to 247: its cost per result is 1.5× its best from day 246 on, for three days on day 248. */
const LIMITED_ON = 248

const { model } = shippedModel()
type Said = { readonly n: number; readonly scored: Scored }

/** What the shipped model says of each creative of the known-answer world on each of its first 250 days. */
const said = new Map<string, Said[]>()
for (const account of ACCOUNTS) {
  const { platform, zone } = account
  const followed = openFollowed({ tenant: 'demo', platform, account: account.id, zone }, FIRST_DAY)
  for (const [day, rows] of knownDays(account, FIRST_DAY, FIRST_DAY + 249)) {
    for (const scored of scoreDay(followed, model, day, rows).creatives) {
      const own = said.get(scored.creative) ?? []
      said.set(scored.creative, [...own, { n: day - FIRST_DAY + 1, scored }])
    }
  }
}

const isWarned = ({ scored }: Said) => ['alert', 'urgent'].includes(pressing(scored)?.grade ?? 'none')

describe('in the known-answer world', () => {
  test('C12 is warned of at least seven days before a result costs 1.5× its best for three days', () => {
    const days = said.get('C12')!
    const first = days.find(isWarned)!
    expect(first.n).toBeGreaterThanOrEqual(226)
    expect(first.n).toBeLessThanOrEqual(LIMITED_ON - 7)
    // One warning, which goes on until it has come true, and of what it becomes: limited.
    let streak = NO_STREAK
    for (const { n, scored } of days.filter(({ n }) => n >= first.n && n <= LIMITED_ON)) {
      const { grade, level } = pressing(scored)!
      streak = nextStreak(streak, n, grade, null)
      expect(streak.since, `day ${n}`).toBe(first.n)
      expect(level).toBe('limited')
    }
    expect(isWarned(days.find(({ n }) => n === LIMITED_ON - 7)!)).toBe(true)
  })

  test('it says why, in numbers', () => {
    const { scored } = said.get('C12')!.find(({ n }) => n === 240)!
    expect(scored.reasons.map(({ of }) => of)).toEqual(expect.arrayContaining(['click_rate', 'hook_rate', 'frequency']))
    expect(scored.flags.frequency_over_2_5).toBe(true)
    expect(scored.reasons.find(({ of }) => of === 'hook_rate')!.text).toMatch(
      /^\d\d\.\d % watched 3 seconds, \d\d\.\d % under its best week \(\d\d\.\d %\)$/,
    )
    expect(scored.outlook.drop).toBeGreaterThan(0.05)
    expect(scored.outlook.money!.low).toBeLessThan(scored.outlook.money!.mean)
    expect(scored.outlook.money!.mean).toBeLessThan(scored.outlook.money!.high)
  })

  test('nothing else is warned of, though everything on TikTok gets dearer', () => {
    const others = [...said].filter(([creative]) => creative !== 'C12')
    expect(others).toHaveLength(21)
    for (const [creative, days] of others) expect(days.filter(isWarned), creative).toEqual([])
  })

  test('nothing is said of a creative in its first six days', () => {
    for (const days of said.values()) {
      expect(days.filter(({ n }) => n < 7).map(({ scored }) => scored.forecast.kind)).toEqual(
        Array.from({ length: 6 }, () => 'insufficient'),
      )
      expect(days[6]!.scored.forecast.kind).toBe('forecast')
    }
  })
})

test('what is reported later says what became of them: C12 limited, never fatigued, and nothing of the others', () => {
  const account = ACCOUNTS.find(({ platform }) => platform === 'tiktok')!
  const days = [...knownDays(account, FIRST_DAY, FIRST_DAY + 263).values()].flat()
  const labels = labelsOf(byAccountAndDay(days.map((day) => ({ ...day, reach_cum: null, age: day.day - FIRST_DAY }))))
  const c12 = labels.find(({ creative }) => creative === 'C12')!
  expect(Math.abs(FIRST_DAY + c12.onset_age_1p5x! - (FIRST_DAY + LIMITED_ON - 1))).toBeLessThanOrEqual(3)
  expect(c12.onset_age_2x).toBeNull()
  for (const { creative, onset_age_1p5x } of labels) if (creative !== 'C12') expect(onset_age_1p5x, creative).toBeNull()
})
