import { fitLogLinear } from '../math/generalized-linear.ts'
import { bgNbd } from './bg-nbd.ts'
import { spentWithin, type Transactions } from './customers.ts'
import { gammaGammaMean } from './gamma-gamma.ts'
import { paretoNbd } from './pareto-nbd.ts'
import { everyNth, meanOrderValue, perCustomer, type Shop, shopAt } from './shop.ts'

/** Enough buyers in the second half of the history to learn an order from; below, the models' own order is kept. */
const BUYERS_MIN = 200
const RIDGE = 2
/** Many zeros and a long tail: between Poisson and gamma. */
const POWER = 1.5

/** What the second half of a history says about who is worth more; null where it is too short to say anything. */
export type LearntOrder = Float64Array | null

/**
 * Who is worth more than whom. Pareto/NBD times Gamma-Gamma over all transactions is a good order already; what
 * `learnOrder` has learnt is put on top of it.
 *
 * @returns a score per customer; its order is what counts
 */
export function rankScores(learnt: LearntOrder, shop: Shop, weeks: number): Float64Array {
  const own = ownScores(shop, weeks)
  if (learnt === null) return own
  const columns = featuresOf(shop, weeks)
  return own.map((score, i) => Math.log(score) + columns.reduce((sum, column, j) => sum + learnt[j]! * column[i]!, 0))
}

function ownScores(shop: Shop, weeks: number): Float64Array {
  const orders = perCustomer(shop, paretoNbd.ordersOf(shop.pareto_nbd, shop.rows, weeks))
  const value = meanOrderValue(shop, 'paid')
  return orders.map((count, i) => Math.max(count * value[i]!, Number.MIN_VALUE))
}

/**
 * A regression on what happened in the second half of the shop's own history, as seen from its middle: it learns what
 * the models do not have in them (that value and pace go together, that silence counts for more). Only reads the past.
 *
 * @param all for the past before the cut; what lies behind it is not looked at
 */
export function learnOrder(all: readonly Transactions[], cut_day: number): LearntOrder {
  const first_day = all.reduce((least, { days }) => Math.min(least, days[0]!), cut_day)
  const middle = Math.floor((first_day + cut_day) / 2)
  const known = everyNth(all.filter(({ days }) => days[0]! <= middle))
  const spent = Float64Array.from(known, (one) => Math.max(0, spentWithin(one, middle, cut_day).value))
  if (spent.filter((value) => value > 0).length < BUYERS_MIN) return null
  const before = shopAt(known, middle)
  const weeks = (cut_day - middle) / 7
  const offset = ownScores(before, weeks).map(Math.log)
  return fitLogLinear(featuresOf(before, weeks), spent, { power: POWER, offset, ridge: RIDGE })
}

function featuresOf(shop: Shop, weeks: number): Float64Array[] {
  const { customers, cut_day } = shop
  const usual = gammaGammaMean(shop.spending, 0, 0)
  const ln = (values: Float64Array) => values.map((value) => Math.log(value + 1e-4))
  const column = (of: (customer: Shop['customers'][number]) => number) => Float64Array.from(customers, of)
  return [
    column(() => 1),
    ln(perCustomer(shop, paretoNbd.ordersOf(shop.pareto_nbd, shop.rows, weeks))),
    ln(meanOrderValue(shop, 'paid')),
    ln(meanOrderValue(shop, 'paid_again')),
    // Worth nothing is far below what is usual, not infinitely far.
    column(({ first_value }) => Math.log(Math.max(first_value, usual / 30))),
    column(({ last_day }) => Math.log((cut_day - last_day) / 7 + 0.5)),
    column(({ transactions }) => Math.log(transactions)),
    ln(perCustomer(shop, paretoNbd.aliveOf(shop.pareto_nbd, shop.rows))),
  ]
}

/** BG/NBD's value of each customer: its sum is the level. Per order, the mean of both ways to see what is spent. */
export function levelValues(shop: Shop, weeks: number): Float64Array {
  const orders = perCustomer(shop, bgNbd.ordersOf(shop.bg_nbd, shop.rows, weeks))
  const value = orderValues(shop)
  return orders.map((count, i) => count * value[i]!)
}

export function orderValues(shop: Shop): Float64Array {
  const again = meanOrderValue(shop, 'paid_again')
  return meanOrderValue(shop, 'paid').map((value, i) => (value + again[i]!) / 2)
}

/** The k-th highest of `values` goes to the k-th highest of `scores`; ties by place, which is by customer id. */
export function inOrderOf(scores: Float64Array, values: Float64Array): Float64Array {
  const places = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b)
  const sorted = values.toSorted().reverse()
  const out = new Float64Array(values.length)
  places.forEach((place, k) => {
    out[place] = sorted[k]!
  })
  return out
}
