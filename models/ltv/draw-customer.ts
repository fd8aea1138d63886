import { drawGamma } from '../math/draw.ts'
import type { Random } from '../math/random.ts'
import { paretoNbd } from './pareto-nbd.ts'
import { orderValues } from './rank.ts'
import { factorOf, type Shared } from './shared.ts'
import { meanOrderValue, type Shop } from './shop.ts'

/**
 * Fills `out` with draws of one customer's value. A mean that differs from Pareto/NBD's own is met half by being alive,
 * half by buying faster: the share of customers who come back is then as far off as their orders.
 */
export function customerDrawer(shop: Shop, means: Float64Array, shared: Shared, weeks: number, random: Random) {
  const { rows, pareto_nbd, customers } = shop
  const expected = paretoNbd.ordersOf(pareto_nbd, rows, weeks)
  const alive = paretoNbd.aliveOf(pareto_nbd, rows)
  const [own_value, order_value] = [meanOrderValue(shop, 'paid'), orderValues(shop)]
  const [p, q, gamma] = shop.spending as [number, number, number]
  return (i: number, out: Float64Array): void => {
    const row = rows.of[i]!
    const { count, value } = customers[i]!.paid
    const history = { x: rows.x[row]!, t_x: rows.t_x[row]!, T: rows.T[row]! }
    const scale = own_value[i]! > 0 ? (order_value[i]! / own_value[i]!) * shop.kept : 0
    const wanted = order_value[i]! > 0 ? means[i]! / order_value[i]! / Math.max(expected[row]!, ORDERS_MIN) : 0
    const here = Math.min(1, Math.max(alive[row]! * Math.sqrt(wanted), (alive[row]! * wanted) / PACE_MAX))
    const pace = here > 0 ? (wanted * alive[row]!) / here : 0
    for (let d = 0; d < out.length; d++) {
      out[d] = 0
      if (random() >= here) continue
      const orders = paretoNbd.drawOrders(random, pareto_nbd, history, weeks, pace * factorOf(shared, row, d))
      if (orders === 0) continue
      const an_order = ((gamma + value) * shared.value[d]!) / drawGamma(random, p * count + q)
      out[d] = drawGamma(random, p * orders) * an_order * scale
    }
  }
}

/** Less than this is none: who has left for certain must not be divided by. */
const ORDERS_MIN = 1e-12
/** Somebody taken for gone whom their rank says to be worth something comes back more surely, not many times as fast. */
const PACE_MAX = 5
