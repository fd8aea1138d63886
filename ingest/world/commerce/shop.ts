import { DAY_MS } from '../../../schemas/zone.ts'
import type { Injection } from '../injection.ts'
import type { Generator as DayGenerator, Order, Recorder } from '../model.ts'
import { demand, monthOf } from '../profile.ts'
import { Random, STREAM } from '../random.ts'
import { GROUP, type Shop, type WorldSpec } from '../spec.ts'
import { dealGroup, expectedShare, PLAN_DAYS, type Planned, spread } from './customers.ts'
import { keptShare, RETURN_DAYS } from './history.ts'
import { orderPlacer, type Wish } from './place.ts'
import { expectedRenewals, renewals } from './subscribers.ts'
import { TOUCH_DAYS, visitorRecorder } from './visitors.ts'

/** Draws the orders of a shop, local day by local day: new customers, their later orders, subscribers, guests, tests. */
export function shopGenerator(spec: WorldSpec, shop: Shop, injections: readonly Injection[]): DayGenerator {
  const random = new Random(spec.seed)
  const dealer = new Random(spec.seed)
  const place = orderPlacer(spec, shop, injections, random)
  const visitors = visitorRecorder(spec, shop)
  const planned = new Map<number, Planned[]>()
  const units = 1e6 / shop.unit_micros

  return {
    zone: shop.zone,
    lead_days: TOUCH_DAYS,
    lookback_days: RETURN_DAYS + 4 + Math.ceil((2 * spec.courier.late_max_ms) / DAY_MS),
    plan_days: PLAN_DAYS,
    prepare(day) {
      for (const [first, ...later] of plansOf(day)) {
        if (later.length > 0 && place(wishOf(first!)).times > 0) for (const order of later) push(planned, order)
      }
      planned.delete(day)
    },
    day(day, out) {
      const age = day - spec.first_day
      for (const [first, ...later] of plansOf(day)) {
        // Who was kept from the first order does not come back for a second.
        if (buy(out, first!)) for (const order of later) push(planned, order)
      }
      for (const order of planned.get(day) ?? []) buy(out, order)
      planned.delete(day)
      for (const { subscriber, nth } of renewals(dealer, shop, age)) {
        random.reseed(STREAM.repeat, shop.key, subscriber, nth)
        const total = Math.round(shop.subscriber_units * units * spread(random))
        const id = `${shop.prefix}s${subscriber}-${nth}`
        const customer = `${shop.prefix}m${subscriber}`
        // Their first order stands, so that nobody's second one looks like the first of a later month.
        const buyer = nth === 0 ? 'new' : 'subscriber'
        const { times, order } = record(out, { id, customer, buyer, day, total, back: 0, test: false, loyal: true })
        if (nth === 0 && times > 0) visitors.subscriber(order, subscriber, out)
      }
      dealer.reseed(STREAM.guest, shop.key, day)
      const guests = Math.floor(guestsOf(spec, shop, day) + dealer.unit())
      for (let n = 0; n < guests; n++) {
        random.reseed(STREAM.guest, shop.key, day, n + 1)
        const total = Math.round(shop.guest_units * units * spread(random))
        record(out, { id: `${shop.prefix}g${age}-${n}`, customer: null, buyer: 'guest', day, total, ...PLAIN })
      }
      for (let n = 0; n < shop.rates.test_orders; n++) {
        random.reseed(STREAM.test_order, shop.key, day, n)
        const id = `${shop.prefix}t${age}-${n}`
        out.order(place({ id, customer: null, buyer: 'new', day, total: units, ...PLAIN, test: true }).order)
      }
    },
  }

  function* plansOf(day: number): Generator<Planned[]> {
    for (let group = 0; group < groupsOf(spec, shop, day); group++) {
      yield* dealGroup(dealer, shop, spec.first_day, day, group)
    }
  }

  /** The wish of a planned order; leaves `random` at the order's own stream. */
  function wishOf({ customer, nth, day, total, back }: Planned): Wish {
    random.reseed(STREAM.order, shop.key, customer, nth)
    // Multiplying by an odd number permutes the 32-bit integers: ids stay unique and say nothing of the plan.
    const name = (Math.imul(customer, 0x9e3779b1) >>> 0).toString(36)
    const id = `${shop.prefix}n${name}-${nth}`
    return { id, customer: `${shop.prefix}c${name}`, buyer: 'new', day, total, back, test: false, loyal: nth > 0 }
  }

  /** @returns whether the customer came */
  function buy(out: Recorder, plan: Planned): boolean {
    const { times, order } = record(out, wishOf(plan))
    if (plan.nth === 0) visitors.newCustomer(order, plan.customer, times > 0, out)
    return times > 0
  }

  /** Records the order as often as the wish comes true; copies are guests of their own. */
  function record(out: Recorder, wish: Wish): { times: number; order: Order } {
    const placed = place(wish)
    if (placed.times > 0) out.order(placed.order)
    for (let copy = 1; copy < placed.times; copy++) {
      out.order(
        place({ ...wish, id: `${wish.id}x${copy}`, customer: null, buyer: 'guest', back: 0 }, placed.order).order,
      )
    }
    return placed
  }
}

const PLAIN = { back: 0, test: false, loyal: false } as const

function push(planned: Map<number, Planned[]>, order: Planned): void {
  const orders = planned.get(order.day)
  if (orders === undefined) planned.set(order.day, [order])
  else orders.push(order)
}

function groupsOf(spec: WorldSpec, shop: Shop, day: number): number {
  return Math.round(shop.groups * demand(spec, day, shop.countries[0]!.country))
}

/** Expected guests of a day: as many as the day's revenue needs beside the customers who are known. */
function guestsOf(spec: WorldSpec, shop: Shop, day: number): number {
  const factor = demand(spec, day, shop.countries[0]!.country)
  if (shop.day_units === null) return shop.guests * factor
  let expected = expectedRenewals(shop, day - spec.first_day) * shop.subscriber_units * keptShare(shop)
  for (let age = 0; age < PLAN_DAYS && day - age >= spec.first_day; age++) {
    const share = expectedShare(age)
    if (share === 0) continue
    const value = shop.value_90d[monthOf(day - age)] ?? shop.value_90d['']!
    expected += groupsOf(spec, shop, day - age) * GROUP.length * value * share
  }
  return Math.max(0, (shop.day_units * factor - expected) / (shop.guest_units * keptShare(shop)))
}
