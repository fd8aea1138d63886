import { bgNbd } from './bg-nbd.ts'
import { gammaGammaMean } from './gamma-gamma.ts'
import { paretoNbd } from './pareto-nbd.ts'
import type { Shop } from './shop.ts'

/** What is kept of a customer between two orders: all that the models need. */
export type CustomerState = {
  readonly first_day: number
  readonly last_day: number
  readonly transactions: number
  readonly paid_count: number
  readonly paid_value: number
}

/** Parameters of the last fit. They stay until the next one, which is no business of a stream. */
export type Fitted = Pick<Shop, 'bg_nbd' | 'pareto_nbd' | 'spending' | 'kept'>

export type Estimate = { readonly p_alive: number; readonly orders_mean: number; readonly value_mean: number }

/**
 * The state of a customer after an order. Orders of one day are one transaction, and an order from before the last one
 * (a late event) moves what it can: the count is right unless that earlier day had an order already.
 *
 * @param before null for the first order
 * @param value of the order; refunds are orders of nobody and leave the state as it is
 */
export function afterOrder(before: CustomerState | null, day: number, value: number): CustomerState | null {
  if (value < 0) return before
  const paid = value > 0 ? 1 : 0
  if (before === null) {
    return { first_day: day, last_day: day, transactions: 1, paid_count: paid, paid_value: value }
  }
  const same_day = day === before.last_day || day === before.first_day
  return {
    first_day: Math.min(day, before.first_day),
    last_day: Math.max(day, before.last_day),
    transactions: before.transactions + (same_day ? 0 : 1),
    paid_count: before.paid_count + (same_day && before.paid_value > 0 ? 0 : paid),
    paid_value: before.paid_value + value,
  }
}

/** What the customer is worth at the end of `day`, with parameters as they are: closed forms, no draws. */
export function estimate(state: CustomerState, fitted: Fitted, day: number, horizon_days: number): Estimate {
  const rows = {
    size: 1,
    x: Float64Array.of(state.transactions - 1),
    t_x: Float64Array.of((state.last_day - state.first_day) / 7),
    T: Float64Array.of((Math.max(day, state.last_day) - state.first_day) / 7),
    weight: Float64Array.of(1),
    ln_gaps: Float64Array.of(0),
    of: Int32Array.of(0),
    counts: Float64Array.of(state.transactions - 1),
    count_of: Int32Array.of(0),
  }
  const orders_mean = bgNbd.ordersOf(fitted.bg_nbd, rows, horizon_days / 7)[0]!
  const { paid_count, paid_value } = state
  const order_value = gammaGammaMean(fitted.spending, paid_count, paid_count === 0 ? 0 : paid_value / paid_count)
  return {
    p_alive: paretoNbd.aliveOf(fitted.pareto_nbd, rows)[0]!,
    orders_mean,
    value_mean: orders_mean * order_value * fitted.kept,
  }
}
