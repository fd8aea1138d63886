import { describe, expect, it } from 'vitest'
import type { Transactions } from '../../../models/ltv/customers.ts'
import { driftOf, pastOf, paybackOf } from '../../../models/ltv/past.ts'

function customer(id: string, orders: readonly (readonly [day: number, value: number])[]): Transactions {
  const bought = orders.filter(([, value]) => value >= 0)
  const back = orders.filter(([, value]) => value < 0)
  return {
    id,
    days: bought.map(([day]) => day),
    values: bought.map(([, value]) => value),
    refund_days: back.map(([day]) => day),
    refunds: back.map(([, value]) => -value),
  }
}

const CUT = 100
const ALL = [
  // As old as 100, 60 and 10 days at the cut.
  customer('a', [
    [0, 10],
    [5, 20],
    [20, -5],
    [90, 40],
  ]),
  customer('b', [
    [40, 30],
    [45, 6],
  ]),
  customer('c', [
    [90, 8],
    [101, 999],
  ]),
]
const past = pastOf(ALL, CUT, (place) => (place === 0 ? ['all', 'old'] : ['all']))

describe('the past of a group', () => {
  it('is net of refunds, up to the cut and not a day more', () => {
    expect(past.get('all')).toMatchObject({ customers: 3, value: 65 + 36 + 8 })
    expect(past.get('old')).toMatchObject({ customers: 1, value: 65 })
  })

  it('compares at an age only those who have reached it', () => {
    const at = (age: number) => past.get('all')!.at_age.find(({ age_days }) => age_days === age)
    expect(at(7)).toMatchObject({ customers: 3, mean: (30 + 36 + 8) / 3 })
    expect(at(30)).toMatchObject({ customers: 2, mean: (25 + 36) / 2 })
    expect(at(90)).toMatchObject({ customers: 1, mean: 65, error: 0 })
    expect(at(120)).toBeUndefined()
  })
})

describe('drift', () => {
  const cohort = (mean: number, error = 1, ages = [7, 14]) => ({
    customers: 10,
    value: 0,
    at_age: ages.map((age_days) => ({ age_days, customers: 10, mean, error })),
  })

  it('is against those before at the same age', () => {
    expect(driftOf(cohort(15), [cohort(10), cohort(20, 1, [7]), cohort(10)])).toEqual({
      ...{ age_days: 14, mean: 15, earlier_mean: 10, ratio: 1.5 },
      z: 5 / Math.sqrt(1 + 2 / 4),
    })
  })

  it('of the first, of a young one, or against nothing is not told', () => {
    expect(driftOf(cohort(15), [])).toBeNull()
    expect(driftOf(cohort(15, 1, []), [cohort(10)])).toBeNull()
    expect(driftOf(cohort(15), [cohort(0)])).toBeNull()
    expect(driftOf(cohort(15, 0), [cohort(10, 0)])?.z).toBeNull()
  })
})

describe('payback', () => {
  const group = {
    customers: 10,
    value: 200,
    at_age: [
      { age_days: 7, customers: 10, mean: 5, error: 0 },
      { age_days: 30, customers: 10, mean: 15, error: 0 },
      { age_days: 60, customers: 3, mean: 99, error: 0 },
    ],
  }
  const expected = [
    { days: 30, value: 100 },
    { days: 90, value: 200 },
  ]

  it.each([
    [5, { state: 'reached', days: 7 }],
    [10, { state: 'reached', days: 19 }],
    // What three of ten brought by day 60 says nothing of the others; that all have brought 20 each does.
    [20, { state: 'reached', days: null }],
    [25, { state: 'expected', days: 45 }],
    [35, { state: 'expected', days: 90 }],
    [41, { state: 'not_within_a_year', days: null }],
  ])('of a cost of %d', (cost, payback) => expect(paybackOf(group, cost, expected)).toEqual(payback))
})
