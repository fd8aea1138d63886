import { DAY_MS, HOUR_MS } from '../../../schemas/zone.ts'
import { send } from '../courier.ts'
import type { Order, Recorder, WorldEvent } from '../model.ts'
import { Random, STREAM } from '../random.ts'
import type { Shop, WorldSpec } from '../spec.ts'
import { dayStart, iso } from '../time.ts'
import { personOf } from './person.ts'

/** A touch lies at most this many days before its order. */
export const TOUCH_DAYS = 3

/** What is known of a customer beside the orders: the account, the clicks that led to the shop, the visit itself. */
export function visitorRecorder(spec: WorldSpec, shop: Shop) {
  const random = new Random(spec.seed)
  const begin_ms = dayStart(shop.zone, spec.first_day)
  const { rates } = shop

  return {
    /** Who clicked and then could not buy has clicked all the same. */
    newCustomer(order: Order, number: number, bought: boolean, out: Recorder): void {
      random.reseed(STREAM.touch, shop.key, number)
      if (random.chance(rates.touched)) lead(order, out)
      if (!bought) return
      if (random.chance(rates.registered)) register(order, number, out)
      if (random.chance(rates.web)) visit(order, out)
    },
    subscriber(order: Order, number: number, out: Recorder): void {
      random.reseed(STREAM.touch, shop.key, number, 1)
      if (random.chance(4 * rates.registered)) register(order, -1 - number, out)
    },
  }

  function register(order: Order, number: number, out: Recorder): void {
    const { customer, country } = order
    const person = personOf(spec.seed, shop, number, order.country)
    const observe = (at_ms: number, more: Record<string, unknown>) => {
      const arrival = send(random, spec.courier, at_ms)
      const data = { customer, created_at: iso(order.at_ms), country, personal: person, ...more }
      out.other(arrival, () => event(customer!, 'customer.observed', at_ms, data))
    }
    observe(order.at_ms, { segment: 'registered' })
    if (random.chance(0.05)) {
      observe(order.at_ms + HOUR_MS + random.below(5 * DAY_MS), { segment: 'newsletter', tags: ['newsletter'] })
    }
  }

  /** The touches before a first order, the last one through the order's own referrer; and one of a mere visitor. */
  function lead(order: Order, out: Recorder): void {
    let at_ms = order.at_ms
    const touches = 1 + (random.chance(0.25) ? 1 : 0)
    for (let n = touches; n >= 1; n--) {
      at_ms -= 60_000 + Math.floor(Math.min(1.4 * DAY_MS, random.exponential(DAY_MS / 2)))
      const referrer = n === touches ? order.referrer : random.one([null, ...shop.referrers])
      if (at_ms < begin_ms) break
      touch(`${order.id}-${n}`, at_ms, referrer, order, order.customer!, out)
    }
    if (random.chance(0.2)) touch(`${order.id}-v`, order.at_ms + 1000, order.referrer, order, null, out)
  }

  function touch(
    id: string,
    at_ms: number,
    referrer: Order['referrer'],
    { country, device }: Order,
    customer: string | null,
    out: Recorder,
  ): void {
    const host = 1 + random.below(254)
    // Every visitor's address would be sealed under a key of its own; some are enough to have them in the world.
    const known = host % 16 === 0 ? { personal: { ip: `192.0.2.${host}` } } : {}
    const click = (random.below(2 ** 30) + 2 ** 30).toString(36)
    const common = { visitor: `v${id}`, ...(customer && { customer }), country, device, ...known }
    const arrival = send(random, spec.courier, at_ms)
    out.other(arrival, () => {
      if (referrer === null) {
        const data = { ...common, kind: 'visit', utm_medium: 'organic', landing_page: '/' }
        return event(`t-${id}`, 'touch.recorded', at_ms, data)
      }
      const { account, ad } = referrer
      const click_id = CLICK_IDS[account.platform] ?? 'msclkid'
      const data = {
        ...common,
        ...pathOf(referrer),
        kind: 'click',
        utm_source: account.platform,
        utm_medium: 'paid',
        utm_campaign: ad.campaign,
        utm_content: ad.creative,
        click_ids: { [click_id]: `${click}.${id}` },
        landing_page: ad.landing_page,
      }
      return event(`t-${id}`, 'touch.recorded', at_ms, data)
    })
  }

  /** The visit of the order, as the site saw it. */
  function visit(order: Order, out: Recorder): void {
    const steps = ['page_view', 'add_to_cart', 'purchase'] as const
    for (const [n, kind] of steps.entries()) {
      const at_ms = Math.max(begin_ms, order.at_ms - (2 - n) * 45_000)
      const arrival = send(random, spec.courier, at_ms)
      const { customer, country, device, shop } = order
      const data = {
        kind,
        visitor: `v${order.id}`,
        customer,
        session: `s${order.id}`,
        product: order.lines[0]!.product,
        page: order.referrer?.ad.landing_page ?? '/',
        country,
        device,
        ...(order.referrer && pathOf(order.referrer)),
        ...(kind === 'purchase' && {
          order: order.id,
          value: (order.versions[0]!.total * shop.unit_micros) / 1e6,
          currency: shop.currency,
        }),
      }
      out.other(arrival, () => event(`w-${order.id}-${n}`, 'web.recorded', at_ms, data))
    }
  }

  function event(id: string, type: string, at_ms: number, data: Record<string, unknown>): WorldEvent {
    return { id, source: shop.source, type, version: 1, occurred_at: iso(at_ms), data }
  }
}

const CLICK_IDS: Readonly<Record<string, string>> = { meta: 'fbclid', google: 'gclid', tiktok: 'ttclid' }

/** The ad object behind a click, in the fields that events carry. */
function pathOf({ account, ad }: NonNullable<Order['referrer']>) {
  return {
    platform: account.platform,
    account: account.id,
    campaign: ad.campaign,
    ad_group: ad.ad_group,
    ad: ad.id,
    creative: ad.creative,
  }
}
