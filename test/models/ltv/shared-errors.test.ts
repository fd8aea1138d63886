import { describe, expect, test } from 'vitest'
import { bgNbd } from '../../../models/ltv/bg-nbd.ts'
import { calendarOf } from '../../../models/ltv/calendar.ts'
import { informationAt } from '../../../models/ltv/calendar-derivatives.ts'
import { type Order, type Transactions, transactionsOf } from '../../../models/ltv/customers.ts'
import { learnFromMatured, NOTHING_MATURED } from '../../../models/ltv/matured.ts'
import { shopAt } from '../../../models/ltv/shop.ts'
import { drawGamma, drawPoisson } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

const FIRST = 11_000
const WEEKS = 40
const CUT = FIRST + WEEKS * 7 - 1

/** 600 customers of the first four weeks who never leave; in week w all of them buy `pace(w)` times as fast. */
function shopWith(pace: (week: number) => number): Transactions[] {
  const random = seeded(3)
  const orders: Order[] = []
  for (let i = 0; i < 600; i++) {
    const [customer, rate] = [`c${i}`, drawGamma(random, 0.8) / 5]
    orders.push({ customer, day: FIRST + (i % 28), value: 20 })
    for (let day = FIRST + (i % 28) + 1; day <= CUT; day++) {
      const count = drawPoisson(random, (rate / 7) * pace(Math.floor((day - FIRST) / 7)))
      if (count > 0) orders.push({ customer, day, value: 20 })
    }
  }
  return transactionsOf(orders)
}

function calendarFor(all: readonly Transactions[]) {
  const { bg_nbd, rows } = shopAt(all, CUT)
  const ln = bg_nbd.map(Math.log)
  const repeats = new Float64Array(WEEKS)
  for (const { days } of all) for (const day of days.slice(1)) repeats[Math.floor((CUT - day) / 7)]!++
  const information = informationAt(rows, ln).map((row, j) => row.with(j, row[j]! + 1))
  return calendarOf(rows, ln, information, repeats)
}

const calm = shopWith(() => 1)
const swinging = shopWith((week) => (Math.floor(week / 5) % 2 === 0 ? 1.7 : 0.6))

describe('the calendar', () => {
  const [quiet, loud] = [calendarFor(calm), calendarFor(swinging)]

  test('sees that all customers move together, and for how long', () => {
    expect(quiet.sigma).toBeLessThan(0.1)
    expect(loud.sigma).toBeGreaterThan(0.3)
    expect(loud.phi).toBeGreaterThan(0.5)
  })

  test('weeks to come are ordinary ones on average, and scatter as those seen', () => {
    const random = seeded(5)
    const spread = (calendar: typeof quiet) => {
      const paces = Array.from({ length: 2_000 }, () => Math.log(calendar.draw(random, 4).pace))
      const mean = paces.reduce((sum, value) => sum + value, 0) / paces.length
      return Math.sqrt(paces.reduce((sum, value) => sum + (value - mean) ** 2, 0) / paces.length)
    }
    expect(spread(loud)).toBeGreaterThan(3 * spread(quiet))
    const far = Array.from({ length: 2_000 }, () => loud.draw(random, 200).pace)
    expect(Math.abs(far.reduce((sum, value) => sum + value, 0) / 2_000 - 1)).toBeLessThan(0.1)
  })
})

describe('what has matured', () => {
  test('nothing yet: the model is believed', () => {
    expect(learnFromMatured(calm, shopAt(calm, CUT), WEEKS * 7, seeded(1))).toBe(NOTHING_MATURED)
  })

  test('forecasts that were off by more than they said widen the next ones', () => {
    // Quiet for 30 weeks, then twice the orders: no calendar of the first weeks told of it.
    const jump = shopWith((week) => (week < 30 ? 1 : 2.5))
    const [calmly, off] = [calm, jump].map((all) => learnFromMatured(all, shopAt(all, CUT), 30, seeded(1)))
    expect(calmly!.stretch).toBeLessThan(1.2)
    expect(off!.stretch).toBeGreaterThan(calmly!.stretch * 1.3)
    // Twice as many orders from everybody: above what most customers were given, and their 95 % quantile moves out.
    expect(off!.places.customer[4]!).toBeGreaterThan(calmly!.places.customer[4]! + 0.005)
  })

  test('BG/NBD is what the level of it comes from', () => {
    const { bg_nbd, rows } = shopAt(calm, CUT)
    const orders = bgNbd.ordersOf(bg_nbd, rows, 4).reduce((sum, value, row) => sum + value * rows.weight[row]!, 0)
    // 600 customers at 0.8/5 a week, at most one transaction a day.
    expect(orders / (600 * 0.16 * 4)).toBeGreaterThan(0.8)
    expect(orders / (600 * 0.16 * 4)).toBeLessThan(1.1)
  })
})
