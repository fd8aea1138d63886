import { describe, expect, test } from 'vitest'
import { simulateShop } from '../../../benchmarks/ltv/simulate-shop.ts'
import { type Order, transactionsOf } from '../../../models/ltv/customers.ts'
import { type Forecast, forecastLtv } from '../../../models/ltv/forecast.ts'
import { LTV_NEEDS } from '../../../models/ltv/sufficient.ts'
import { drawExponential } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

const CUT = 11_100
const OPTIONS = { cut_day: CUT, horizon_days: 90, draws: 60 }
const forecastOf = (orders: readonly Order[], options = {}) =>
  forecastLtv(transactionsOf(orders), { ...OPTIONS, random: seeded(1), ...options })

/** Half of `customers` come back, at a pace of their own; all won within the first 60 of 140 days. */
function ordinary(customers = 120, value: (i: number) => number = (i) => 10 + (i % 17)): Order[] {
  const random = seeded(5)
  return Array.from({ length: customers }, (_, i) => {
    const customer = `c${i}`
    const orders: Order[] = [{ customer, day: CUT - 140 + (i % 60), value: value(i) }]
    for (let day = orders[0]!.day; i % 2 === 0; ) {
      day += Math.ceil(drawExponential(random) * (10 + (i % 50)))
      if (day > CUT) break
      orders.push({ customer, day, value: value(i + orders.length) })
    }
    return orders
  }).flat()
}

function numbersOf({ customers, total, cohorts }: Forecast): number[] {
  return [...customers, total, ...cohorts].flatMap((one) =>
    Object.values(one).filter((value) => typeof value === 'number'),
  )
}

function enough(forecast: ReturnType<typeof forecastLtv>): Forecast {
  if ('insufficient' in forecast) throw new Error(JSON.stringify(forecast))
  return forecast
}

describe('customers, cohorts and total', () => {
  const shop = simulateShop(seeded(11), 40)
  const options = { ...OPTIONS, cut_day: shop.last_day - 90, random: seeded(2) }
  const forecast = enough(forecastLtv(shop.all, options))

  test('agree, in the mean and draw by draw', () => {
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    const { customers, cohorts, total } = forecast
    expect(sum(customers.map((one) => one.value_mean))).toBeCloseTo(total.mean, 6)
    expect(sum(cohorts.map((one) => one.mean))).toBeCloseTo(total.mean, 6)
    expect(sum(cohorts.map((one) => one.customers))).toBe(customers.length)
    total.draws.forEach((value, d) => {
      expect(sum(cohorts.map((one) => one.draws[d]!))).toBeCloseTo(value, 4)
    })
    // Sixty draws of the total, whose spread is about a fifth.
    expect(Math.abs(sum([...total.draws]) / 60 / total.mean - 1)).toBeLessThan(0.1)
  })

  test('quantiles ascend; probabilities are some; weeks begin on Mondays', () => {
    for (const { p_alive, q05, q10, q50, q90, q95 } of forecast.customers) {
      expect([q05, q10, q50, q90, q95].toSorted((a, b) => a - b)).toEqual([q05, q10, q50, q90, q95])
      expect(p_alive).toBeGreaterThanOrEqual(0)
      expect(p_alive).toBeLessThanOrEqual(1)
    }
    for (const { monday } of forecast.cohorts) expect(new Date(monday * 86_400_000).getUTCDay()).toBe(1)
  })

  test('nothing behind the cut is read, with history and without', () => {
    const past = shop.all.map(({ days, values, ...one }) => {
      const known = days.filter((day) => day <= options.cut_day).length
      return { ...one, days: days.slice(0, known), values: values.slice(0, known) }
    })
    for (const history of [false, true]) {
      const [all, some] = [shop.all, past.filter(({ days }) => days.length > 0)].map((orders) =>
        enough(forecastLtv(orders, { ...options, random: seeded(2), history })),
      )
      expect(some!.customers).toEqual(all!.customers)
      expect(some!.total).toEqual(all!.total)
    }
  })
})

describe('missing and strange data', () => {
  test.each<[string, readonly Order[]]>([
    ['no orders', []],
    ['three days', ordinary().map((order) => ({ ...order, day: CUT - (order.day % 3) }))],
    ['one order each', Array.from({ length: 500 }, (_, i) => ({ customer: `c${i}`, day: CUT - i / 5, value: 20 }))],
    ['only refunds', ordinary().map((order) => ({ ...order, value: -order.value }))],
    ['nothing paid', ordinary().map((order) => ({ ...order, value: 0 }))],
    ['all behind the cut', ordinary().map((order) => ({ ...order, day: order.day + 200 }))],
  ])('%s: not enough, and what is missing', (_name, orders) => {
    const forecast = forecastOf(orders.map((order) => ({ ...order, day: Math.floor(order.day) })))
    expect(forecast).toMatchObject({ insufficient: { needed: LTV_NEEDS } })
    if (!('insufficient' in forecast)) return
    const { needed, seen } = forecast.insufficient
    expect(Object.keys(LTV_NEEDS).some((key) => seen[key as 'customers'] < needed[key as 'customers'])).toBe(true)
  })

  test.each<[string, readonly Order[]]>([
    ['zero and negative values', ordinary(120, (i) => (i % 5) - 1)],
    ['all values equal', ordinary(120, () => 19.99)],
    ['values of millions', ordinary(120, (i) => 1e9 * (1 + (i % 3)))],
    ['tiny values', ordinary(120, (i) => 1e-6 * (1 + (i % 3)))],
    [
      'one with 10,000 orders',
      [
        ...ordinary(),
        ...Array.from({ length: 10_000 }, (_, i) => ({ customer: 'b2b', day: CUT - (i % 130), value: 5 })),
      ],
    ],
    [
      'one who bought daily for four years and then never again',
      [
        ...ordinary(),
        ...Array.from({ length: 1_460 }, (_, i) => ({ customer: 'gone', day: CUT - 4_000 + i, value: 5 })),
      ],
    ],
    ['a first order on the cut itself', [...ordinary(), { customer: 'new', day: CUT, value: 30 }]],
  ])('%s: every number is one', (_name, orders) => {
    for (const horizon_days of [1, 90, 730]) {
      const forecast = enough(forecastOf(orders, { horizon_days, history: horizon_days === 1 }))
      for (const value of numbersOf(forecast)) expect(value).toSatisfy(Number.isFinite)
      for (const { value_mean } of forecast.customers) expect(value_mean).toBeGreaterThanOrEqual(0)
      // One strange customer is no reason to expect nothing of all the others.
      expect(forecast.total.q50).toBeGreaterThan(0)
    }
  })

  test('a longer horizon is worth more', () => {
    const means = [7, 30, 90, 365].map((horizon_days) => enough(forecastOf(ordinary(), { horizon_days })).total.mean)
    expect(means).toEqual(means.toSorted((a, b) => a - b))
  })

  test('a small shop is less sure of its total than a large one', () => {
    const width = (customers: number) => {
      const { q10, q90 } = enough(forecastOf(ordinary(customers))).total
      return Math.log(q90 / q10)
    }
    expect(width(40)).toBeGreaterThan(width(1_000))
  })
})
