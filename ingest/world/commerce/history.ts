import { DAY_MS, HOUR_MS } from '../../../schemas/zone.ts'
import { again, delay, send } from '../courier.ts'
import type { OrderStatus, OrderVersion, Refund } from '../model.ts'
import type { Random } from '../random.ts'
import type { Courier, Shop } from '../spec.ts'

export type Course = { readonly versions: readonly OrderVersion[]; readonly refunds: readonly Refund[] }

/** Whose order it is: new customers' money is planned to the cent, so theirs are never cancelled or sent back. */
export type Buyer = 'new' | 'subscriber' | 'guest'

type Begin = {
  readonly id: string
  readonly at_ms: number
  readonly total: number
  readonly discount: number
  readonly back: number
  readonly buyer: Buyer
  readonly referred: boolean
}

/** What becomes of an order: seen without its discount or its referrer first, cancelled, voided, sent back. */
export function drawCourse(random: Random, shop: Shop, courier: Courier, begin: Begin): Course {
  const { rates } = shop
  const { id, total, buyer } = begin
  const fate = random.unit()
  const edited = random.chance(rates.edited)
  const with_path = !(begin.referred && random.chance(rates.late_path))
  const versions: OrderVersion[] = []
  const refunds: Refund[] = []
  let at_ms = begin.at_ms
  let status: OrderStatus = 'paid'

  // Written out, since spreading objects here would be a tenth of the time of the whole world.
  const observe = (discount: number, with_path: boolean) => {
    const due_ms = at_ms + delay(random, courier)
    const again_ms = again(random, courier, due_ms)
    const charged = total + begin.discount - discount
    versions.push({ occurred_ms: at_ms, due_ms, again_ms, total: charged, discount, status, with_path })
  }
  const wait = (from_ms: number, to_ms: number) => {
    at_ms += from_ms + random.below(to_ms - from_ms)
  }
  const payBack = (amount: number) => {
    refunds.push({ id: `${id}-r1`, amount, kind: 'refund', success: true, ...send(random, courier, at_ms) })
  }

  const lost = buyer === 'new' ? 1 : fate
  const voided = lost < rates.voided
  if (voided) status = 'pending'
  // An edit is the discount that customer service grants afterwards.
  observe(edited ? 0 : begin.discount, with_path)
  if (random.chance(rates.transactions)) {
    const kind = random.chance(0.5) ? 'capture' : 'refund'
    refunds.push({ id: `${id}-t1`, amount: total, kind, success: kind === 'capture', ...send(random, courier, at_ms) })
  }
  if (edited || !with_path) {
    wait(300_000, 20 * HOUR_MS)
    observe(begin.discount, true)
  }
  if (voided) {
    wait(HOUR_MS, 2 * DAY_MS)
    status = 'voided'
    observe(begin.discount, true)
  } else if (lost < rates.voided + rates.cancelled) {
    wait(HOUR_MS, 3 * DAY_MS)
    status = 'cancelled'
    observe(begin.discount, true)
    payBack(total)
  } else if (lost < rates.voided + rates.cancelled + rates.returned) {
    wait(2 * DAY_MS, RETURN_DAYS * DAY_MS)
    const whole = random.chance(0.6)
    status = whole ? 'refunded' : 'partially_refunded'
    observe(begin.discount, true)
    payBack(whole ? total : Math.ceil(total / 2))
  } else if (begin.back > 0) {
    wait(DAY_MS, 2 * DAY_MS)
    status = 'partially_refunded'
    observe(begin.discount, true)
    payBack(Math.min(begin.back, total))
  }
  return { versions, refunds }
}

/** Longest time from an order to its last refund. */
export const RETURN_DAYS = 28

/** Share of a guest's or subscriber's order value that stays. */
export function keptShare({ rates }: Shop): number {
  return 1 - rates.voided - rates.cancelled - 0.8 * rates.returned
}
