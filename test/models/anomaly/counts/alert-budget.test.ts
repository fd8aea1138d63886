import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NEW_BUDGET, spendBudget, stepUp } from '../../../../models/anomaly/counts/alert-budget.ts'
import { seeded } from '../../../../models/math/random.ts'

const HOUR_MS = 3_600_000

test.each<[string, number[], number, number]>([
  ['none', [], 0.1, 0],
  ['one that is small enough for all', [0.001, 0.5, 0.6, 0.9], 0.05, 1],
  ['a value that is only allowed by those before it', [0.01, 0.02, 0.03, 0.9], 0.05, 3],
  ['a value that is not small, with a smaller k that is', [0.01, 0.04, 0.9, 0.95], 0.05, 1],
  ['all of them', [0.04, 0.01, 0.03], 0.05, 3],
])('step-up finds %s', (_, p_values, level, alerts) => {
  const found = stepUp(p_values, level)
  expect(found.alerts).toBe(alerts)
  expect(p_values.filter((p) => p <= found.p_max)).toHaveLength(alerts)
})

describe('over time', () => {
  /** Days of ticks of 1,000 series, some of which have something wrong. */
  function watched(days: number, wrong: number, options: { alerts_a_day: number; false_share: number }) {
    const random = seeded(8)
    let budget = NEW_BUDGET
    let falsely = 0
    let found = 0
    for (let hour = 0; hour < days * 24; hour++) {
      const p_values = Array.from({ length: 1_000 }, (_, i) => (i < wrong ? 1e-9 : 1) * (1 - random()))
      const spent = spendBudget(p_values, HOUR_MS, budget, options)
      budget = spent.budget
      found += p_values.slice(0, wrong).filter((p) => p <= spent.p_max).length
      falsely += p_values.slice(wrong).filter((p) => p <= spent.p_max).length
    }
    return { falsely_a_day: falsely / days, false_share: falsely / Math.max(1, falsely + found), found }
  }

  test.each([1, 5, 20])('nothing wrong: at most %d false alerts a day, and not much less', (alerts_a_day) => {
    const { falsely_a_day } = watched(100, 0, { alerts_a_day, false_share: 0.1 })
    expect(falsely_a_day).toBeLessThan(1.2 * alerts_a_day)
    expect(falsely_a_day).toBeGreaterThan(0.5 * alerts_a_day)
  })

  test('much wrong: all of it is found, and at most a share of the alerts is false', () => {
    const { false_share, found } = watched(50, 10, { alerts_a_day: 1, false_share: 0.1 })
    expect(found / (50 * 24 * 10)).toBeGreaterThan(0.99)
    expect(false_share).toBeLessThan(0.11)
  })

  test('the order within a tick does not matter', () => {
    const p_values = fc.array(fc.double({ min: 1e-12, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 })
    const shuffled = p_values.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const options = { alerts_a_day: 2, false_share: 0.1 }
        expect(spendBudget(other, HOUR_MS, NEW_BUDGET, options)).toEqual(spendBudget(one, HOUR_MS, NEW_BUDGET, options))
      }),
      { seed: 14 },
    )
  })

  test('years without an alert save nothing up', () => {
    const year = spendBudget([], 365 * 24 * HOUR_MS, NEW_BUDGET, { alerts_a_day: 1, false_share: 0.1 })
    const { alerts } = spendBudget([0.5], HOUR_MS, year.budget, { alerts_a_day: 1, false_share: 0.1 })
    expect(alerts).toBe(0)
  })
})
