import { monthOf } from '../profile.ts'
import { type Random, STREAM } from '../random.ts'
import { GROUP, GROUP_ORDERS, type Shop } from '../spec.ts'

/** An order that a customer is going to place; money in the shop's smallest units. */
export type Planned = {
  readonly customer: number
  /** 0 is the first order. */
  readonly nth: number
  readonly day: number
  readonly total: number
  /** Part of the money that goes back within three days; most get none. */
  readonly back: number
}

/** Longest time between the first order of a new customer and its last planned one. */
export const PLAN_DAYS = 97 + 84

/**
 * Deals one group of twenty new customers their orders: per customer the first one first.
 *
 * The net value of the first 90 days is exact: over the group it adds up to 20 times the month's average, to the
 * smallest unit. Nothing happens between day 87 and 97, so that it does not matter how somebody draws the line at 90
 * days. Little goes back (one small refund in 27 orders), so gross and net averages round to the same whole number.
 */
export function dealGroup(random: Random, shop: Shop, first_day: number, day: number, group: number): Planned[][] {
  random.reseed(STREAM.group, shop.key, day, group)
  const value = shop.value_90d[monthOf(day)] ?? shop.value_90d['']!
  const average = Math.round((value * 1e6) / shop.unit_micros)
  const back = Math.max(1, Math.round(average * (0.03 + 0.03 * random.unit())))
  const amounts = split(random, GROUP.length * average + back, GROUP_ORDERS)
  const returned = random.below(GROUP_ORDERS)
  let next = 0
  return GROUP.map((orders, slot) => {
    const customer = ((day - first_day) * 64 + group) * GROUP.length + slot
    const planned: Planned[] = []
    let at_day = day
    for (let nth = 0; nth < orders; nth++) {
      planned.push({ customer, nth, day: at_day, total: amounts[next]!, back: next === returned ? back : 0 })
      next++
      at_day = day + 4 + random.below(40) + (nth > 0 ? 40 : random.below(40))
    }
    if (random.chance(LATER_CHANCE)) {
      const total = Math.max(1, Math.round((average * GROUP.length * spread(random)) / GROUP_ORDERS))
      planned.push({ customer, nth: orders, day: day + 97 + random.below(84), total, back: 0 })
    }
    return planned
  })
}

export const LATER_CHANCE = 0.25

/** Net value per group that is expected `age` days after its first orders, as a share of the 90-day value. */
export function expectedShare(age: number): number {
  const repeats = GROUP_ORDERS - GROUP.length
  if (age === 0) return GROUP.length / GROUP_ORDERS
  if (age >= 4 && age < 84) return repeats / GROUP_ORDERS / 80
  if (age >= 97 && age < PLAN_DAYS) return (GROUP.length * LATER_CHANCE) / GROUP_ORDERS / 84
  return 0
}

/** Factor around 1 on a basket: skewed to the right, between a third and two and a half. */
export function spread(random: Random): number {
  return Math.min(2.5, Math.max(0.35, 0.92 * Math.exp(0.4 * random.normal())))
}

/** Integers that add up to the total exactly. */
function split(random: Random, total: number, parts: number): number[] {
  const weights = Array.from({ length: parts }, () => spread(random))
  const sum = weights.reduce((a, b) => a + b, 0)
  const amounts = weights.map((weight) => Math.floor((total * weight) / sum))
  amounts[0]! += total - amounts.reduce((a, b) => a + b, 0)
  return amounts
}
