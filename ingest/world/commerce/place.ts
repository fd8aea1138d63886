import { DEVICE_SHARE, drift, effectOnOrders, effectOnPrice } from '../effects.ts'
import type { Injection } from '../injection.ts'
import type { Order, Referrer } from '../model.ts'
import { HOUR_TABLE } from '../profile.ts'
import { cumulative, type Random } from '../random.ts'
import type { Shop, WorldSpec } from '../spec.ts'
import { localHours } from '../time.ts'
import { fillBasket } from './basket.ts'
import { type Buyer, drawCourse } from './history.ts'

export type Wish = {
  readonly id: string
  readonly customer: string | null
  readonly buyer: Buyer
  readonly day: number
  readonly total: number
  readonly back: number
  readonly test: boolean
  /** Buys in any case, by another way if its ad has lost its pull: planned repeat orders. */
  readonly loyal: boolean
}

/**
 * Turns wishes of one local day into orders: time, referrer, country, device, basket, course. `random` must stand at
 * the order's own stream. `times` says how often the wish comes true: 0 where the ad or the site has lost it, more
 * than 1 where demand is lifted; the caller places copies `like` the order that the lift concerns.
 */
export function orderPlacer(spec: WorldSpec, shop: Shop, injections: readonly Injection[], random: Random) {
  const products = cumulative(shop.products.map(({ weight }) => weight))
  const countries = cumulative(shop.countries.map(({ weight }) => weight))
  const usual = cumulative([shop.organic_weight, ...shop.referrers.map(({ weight }) => weight)])
  let today = { day: Number.NaN, pulls: [] as number[], table: usual }

  return function place(wish: Wish, like?: Order): { readonly times: number; readonly order: Order } {
    if (today.day !== wish.day) today = { day: wish.day, ...pullOf(shop, wish.day) }
    const hours = localHours(shop.zone, wish.day)
    const wanted = random.pick(HOUR_TABLE)
    const hour = hours.find((h) => h.hour >= wanted) ?? hours.at(-1)!
    const own_ms = hour.start_ms + random.below(hour.end_ms - hour.start_ms)
    const way = random.pick(wish.loyal ? today.table : usual)
    const drawn: Referrer | null = way === 0 ? null : shop.referrers[way - 1]!
    const referrer = like === undefined ? drawn : like.referrer
    const own = shop.countries[random.pick(countries)]!.country
    const country = referrer?.ad.country ?? own
    const device = DEVICES[random.pick(DEVICE_TABLE)]!
    const bought = shop.products[random.pick(products)]!
    const liked = like?.lines[0]?.product
    const main = shop.products.find(({ id }) => id === liked) ?? bought
    const luck = random.unit()

    let times = 1
    if (!wish.loyal && like === undefined && referrer !== null) times *= today.pulls[way - 1]!
    const place = { country, device, product: main.id }
    const lift = effectOnOrders(injections, referrer, place, own_ms)
    times *= lift
    // Who comes on top comes while the lift works, and not at any other time of that day.
    const isLate = like !== undefined && lift <= 1 && effectOnOrders(injections, referrer, place, like.at_ms) > 1
    const at_ms = isLate ? like.at_ms : own_ms

    const price = effectOnPrice(injections, main.id, at_ms)
    const total = price === 1 ? wish.total : Math.max(1, Math.round(wish.total * price))
    const { lines, subtotal, tax, shipping, discount } = fillBasket(shop, main, price, total)
    const { id, customer, test, day, back, buyer } = wish
    const begin = { id, at_ms, total, discount, back, buyer, referred: referrer !== null }
    const { versions, refunds } = drawCourse(random, shop, spec.courier, begin)
    const order: Order = {
      shop,
      id,
      customer,
      at_ms,
      day,
      referrer,
      country,
      device,
      lines,
      subtotal,
      tax,
      shipping,
      test,
      versions,
      refunds,
    }
    return { times: Math.floor(times + (times === 1 ? 0 : luck)), order }
  }
}

/** How much each ad still draws, as a factor on its usual orders, and the table to pick by it. */
function pullOf(shop: Shop, day: number) {
  const pulls = shop.referrers.map(({ ad }) => drift(ad, 'cvr', day) / drift(ad, 'cpc', day))
  const weights = shop.referrers.map(({ weight }, n) => weight * pulls[n]!)
  return { pulls, table: cumulative([shop.organic_weight, ...weights]) }
}

const DEVICES = Object.keys(DEVICE_SHARE)
const DEVICE_TABLE = cumulative(Object.values(DEVICE_SHARE))
