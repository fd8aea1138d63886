import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CreativeDay } from '../../../models/fatigue/day.ts'
import { idOf } from '../../../models/fatigue/day.ts'
import type { FatigueModel, Forecast } from '../../../models/fatigue/model.ts'
import { scoreDays } from '../../../models/fatigue/score-days.ts'
import { trainFatigue } from '../../../models/fatigue/train.ts'
import { seeded } from '../../../models/math/random.ts'
import { type Simulated, simulate } from './support/simulate.ts'

const training = simulate(1)
const other = simulate(2, 2)
let model: FatigueModel
beforeAll(() => {
  model = trainFatigue(training.days, training.fates)
})

const key = (day: CreativeDay) => `${idOf(day)} ${day.day}`
const byKey = (days: readonly CreativeDay[]) => {
  const forecasts = scoreDays(model, days)
  return new Map(days.map((day, i) => [key(day), forecasts[i]!]))
}

describe('a day is forecast', () => {
  test('from itself and earlier days alone', () => {
    const whole = byKey(other.days)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), (last) => {
        const prefix = byKey(other.days.filter(({ day }) => day <= last))
        for (const [name, forecast] of prefix) expect(forecast).toEqual(whole.get(name))
      }),
      { numRuns: 6, seed: 7 },
    )
  })

  test('the same whatever the order of the rows and whatever accounts stand beside its own', () => {
    const whole = byKey(other.days)
    const random = seeded(3)
    const shuffled = other.days
      .filter(({ account }) => account === 'a1')
      .map((day) => ({ day, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ day }) => day)
    for (const [name, forecast] of byKey(shuffled)) expect(forecast).toEqual(whole.get(name))
  })

  test('the same by a model that was trained again, rows the other way round', () => {
    const { days, fates } = simulate(1, 4, 12, 80)
    const [one, again] = [trainFatigue(days, fates), trainFatigue(days.toReversed(), fates.toReversed())]
    expect(scoreDays(again, other.days)).toEqual(scoreDays(one, other.days))
  })
})

describe('what is missing', () => {
  const without: Readonly<Record<string, Partial<CreativeDay>>> = {
    frequency: { reach_cum: null },
    conversions: { conversions: null },
    'three-second views': { hook_views: null },
    prices: { spend: null },
    clicks: { clicks: null },
    'everything but impressions and clicks': { reach_cum: null, conversions: null, hook_views: null, spend: null },
    'anything shown at all': { impressions: 0, reach_cum: 0, clicks: 0, conversions: 0, hook_views: null, spend: 0 },
  }
  test.each(Object.entries(without))('%s leaves chances or says so', (_, change) => {
    for (const forecast of scoreDays(
      model,
      other.days.map((day) => ({ ...day, ...change })),
    ))
      expectSound(forecast)
  })

  test('a creative of which nothing was ever measured is not forecast', () => {
    const silent = other.days.map((day) => ({ ...day, clicks: null, hook_views: null }))
    expect(new Set(scoreDays(model, silent).map(({ kind }) => kind))).toEqual(new Set(['insufficient']))
  })

  test('days that are wild, missing or doubled leave chances too', () => {
    const number = fc.oneof(fc.constant(0), fc.nat(10), fc.nat(1e6), fc.constant(1e12))
    const unknown = fc.option(number)
    const row = fc.record({
      account: fc.constant('a'),
      creative: fc.constantFrom('x', 'y', 'z'),
      day: fc.nat(400),
      impressions: number,
      reach_cum: unknown,
      clicks: unknown,
      conversions: unknown,
      hook_views: unknown,
      spend: unknown,
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        for (const forecast of scoreDays(
          model,
          rows.map((one) => ({ ...one, age: one.day })),
        ))
          expectSound(forecast)
      }),
      { numRuns: 60, seed: 11 },
    )
  })
})

function expectSound(forecast: Forecast): void {
  if (forecast.kind === 'insufficient') return
  const { p7, p14 } = forecast
  expect(p7).toBeGreaterThanOrEqual(0)
  expect(p14).toBeGreaterThanOrEqual(p7)
  expect(p14).toBeLessThanOrEqual(1)
}

test('chances rank what happens far better than age does, on accounts that were not trained on', () => {
  const { days, fates }: Simulated = simulate(9, 4)
  const fate_of = new Map(fates.map((fate) => [idOf(fate), fate]))
  const forecasts = scoreDays(model, days)
  const ranked: { by_model: number; by_age: number; y: boolean }[] = []
  days.forEach((day, i) => {
    const onset = fate_of.get(idOf(day))!.onset_age_2x
    const forecast = forecasts[i]!
    if (day.age < 6 || (onset !== null && day.age >= onset) || forecast.kind === 'insufficient') return
    ranked.push({ by_model: forecast.p14, by_age: day.age, y: onset !== null && onset - day.age <= 14 })
  })
  const auc = (by: 'by_model' | 'by_age') => {
    const yes = ranked.filter(({ y }) => y)
    const no = ranked.filter(({ y }) => !y)
    let wins = 0
    for (const a of yes) for (const b of no) wins += a[by] > b[by] ? 1 : a[by] === b[by] ? 0.5 : 0
    return wins / (yes.length * no.length)
  }
  expect(auc('by_model')).toBeGreaterThan(0.88)
  expect(auc('by_model')).toBeGreaterThan(auc('by_age') + 0.1)
})

test('too little to learn from is said, with what is needed', () => {
  const { days, fates } = simulate(1, 2)
  expect(() => trainFatigue(days, fates)).toThrow('training needs 4 accounts and 20 onsets of fatigue')
  expect(() => trainFatigue([], [])).toThrow('training needs')
})
