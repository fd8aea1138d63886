import { describe, expect, test } from 'vitest'
import { byAccountAndDay, type CreativeDay, idOf } from '../../../models/fatigue/day.ts'
import { labelsOf } from '../../../models/fatigue/labels.ts'
import { drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

type Shape = { readonly creative: string; readonly days: number; readonly wear: (age: number) => number }

/** Days of an account: `results` a day at the creative's best, fewer by its wear, all of them dearer by `market`. */
function account(shapes: readonly Shape[], results: number, market: (day: number) => number = () => 0): CreativeDay[] {
  const random = seeded(7)
  return shapes.flatMap(({ creative, days, wear }) =>
    Array.from({ length: days }, (_, age) => {
      const mean = results * Math.exp(-wear(age) - market(age))
      return {
        account: 'a',
        creative,
        day: 100 + age,
        age,
        impressions: 10_000,
        reach_cum: null,
        clicks: 100,
        hook_views: null,
        conversions: Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random))),
        spend: 500,
      }
    }),
  )
}

const label = (days: readonly CreativeDay[], creative: string) =>
  labelsOf(byAccountAndDay(days)).find((one) => idOf(one) === idOf({ account: 'a', creative }))!

const still = (creative: string, days = 60): Shape => ({ creative, days, wear: () => 0 })
const STILL = ['b', 'c', 'd', 'e', 'f', 'g'].map((creative) => still(creative))

describe('what became of a creative', () => {
  test('a step to 2.2× its cost on day 30 is an onset within a week of it, at both levels', () => {
    const worn = { creative: 'a', days: 60, wear: (age: number) => (age < 30 ? 0 : Math.log(2.2)) }
    const { onset_age_1p5x, onset_age_2x } = label(account([worn, ...STILL], 50), 'a')
    for (const onset of [onset_age_1p5x!, onset_age_2x!]) {
      expect(onset).toBeGreaterThanOrEqual(30)
      expect(onset).toBeLessThanOrEqual(36)
    }
  })

  test('a step to 1.65× makes it limited and not fatigued', () => {
    const worn = { creative: 'a', days: 60, wear: (age: number) => (age < 30 ? 0 : Math.log(1.65)) }
    const { onset_age_1p5x, onset_age_2x } = label(account([worn, ...STILL], 100), 'a')
    expect(onset_age_1p5x).toBeGreaterThanOrEqual(30)
    expect(onset_age_1p5x).toBeLessThanOrEqual(36)
    expect(onset_age_2x).toBeNull()
  })

  test('chance alone is no onset', () => {
    for (const { measured_to, onset_age_1p5x, onset_age_2x } of labelsOf(byAccountAndDay(account(STILL, 12)))) {
      expect({ measured_to, onset_age_1p5x, onset_age_2x }).toEqual({
        measured_to: 159,
        onset_age_1p5x: null,
        onset_age_2x: null,
      })
    }
  })

  test('a market in which everything costs twice as much after a month makes nobody fatigued', () => {
    const dearer = (day: number) => Math.min(Math.log(2), Math.max(0, (day - 15) * 0.04))
    for (const one of labelsOf(byAccountAndDay(account([still('a'), ...STILL], 80, dearer)))) {
      expect(one.onset_age_2x, one.creative).toBeNull()
    }
  })

  test('one that its owner stopped is known up to that day, one that still runs to the end of the data', () => {
    const days = account([{ creative: 'a', days: 25, wear: () => 0 }, ...STILL], 50)
    expect(label(days, 'a').end_day).toBe(125)
    expect(label(days, 'b').end_day).toBe(160)
  })

  test('with too few results nothing is said', () => {
    const worn = { creative: 'a', days: 60, wear: (age: number) => (age < 30 ? 0 : 1) }
    expect(label(account([worn, ...STILL], 0.5), 'a')).toMatchObject({ measured_to: null, onset_age_2x: null })
    const unknown = account([worn, ...STILL], 50).map((day) => ({ ...day, conversions: null }))
    expect(label(unknown, 'a')).toMatchObject({ measured_to: null, onset_age_2x: null, end_day: 160 })
  })
})
