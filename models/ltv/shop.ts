import { bgNbd } from './bg-nbd.ts'
import type { BuyingModel } from './buying-model.ts'
import { type Customer, customersAt, type Transactions } from './customers.ts'
import { fitParameters, type Prior } from './fit.ts'
import { gammaGammaLogLikelihood, gammaGammaMean } from './gamma-gamma.ts'
import { paretoNbd } from './pareto-nbd.ts'
import { type Rows, toRows } from './rows.ts'

/** A shop at a cut: its customers and the models fitted to them. */
export type Shop = {
  readonly cut_day: number
  readonly customers: readonly Customer[]
  readonly rows: Rows
  /** r, α, a, b and r, α, s, β, in weeks. */
  readonly bg_nbd: readonly number[]
  readonly pareto_nbd: readonly number[]
  /** p, q, γ from all transactions, and from all but the first. */
  readonly spending: readonly number[]
  readonly spending_again: readonly number[]
  /** Net revenue / revenue without refunds. */
  readonly kept: number
}

/**
 * Ordinary shops, from published fits (weeks): wide enough to give way to a few dozen repeat orders, close enough that
 * a young shop, whose customers nobody could yet see leaving, is not taken as one that keeps them for ever.
 */
export const BG_NBD_PRIOR: Prior = { around: [0.5, 6, 0.8, 2.5], sd: [1.2, 1.5, 1, 1.2] }
const PARETO_NBD_PRIOR: Prior = { around: [0.6, 10, 0.6, 12], sd: [1.2, 1.5, 1, 1.2] }
/** Digits of ln L beyond which no forecast changes. */
const TOLERANCE = 1e-4

export function shopAt(all: readonly Transactions[], cut_day: number): Shop {
  const customers = customersAt(all, cut_day)
  const rows = toRows(
    customers.map(({ transactions, first_day, last_day }) => ({
      x: transactions - 1,
      t_x: (last_day - first_day) / 7,
      T: (cut_day - first_day) / 7,
    })),
  )
  return {
    cut_day,
    customers,
    rows,
    bg_nbd: fitTo(bgNbd, rows, BG_NBD_PRIOR),
    pareto_nbd: fitTo(paretoNbd, rows, PARETO_NBD_PRIOR),
    spending: spendingOf(customers, 'paid'),
    spending_again: spendingOf(customers, 'paid_again'),
    kept: keptOf(customers),
  }
}

/** Expected value of an order of each customer, refunds taken off. */
export function meanOrderValue(shop: Shop, which: 'paid' | 'paid_again'): Float64Array {
  const parameters = which === 'paid' ? shop.spending : shop.spending_again
  return Float64Array.from(shop.customers, (customer) => {
    const { count, value } = customer[which]
    return shop.kept * gammaGammaMean(parameters, count, count === 0 ? 0 : value / count)
  })
}

/** What a model says of each row, for each customer. */
export function perCustomer(shop: Shop, by_row: Float64Array): Float64Array {
  return Float64Array.from(shop.rows.of, (row) => by_row[row]!)
}

function fitTo(model: BuyingModel, rows: Rows, prior: Prior): readonly number[] {
  return fitParameters((parameters) => model.logLikelihood(parameters, rows), prior.around, {
    prior,
    tolerance: TOLERANCE,
  }).parameters
}

/** Where nobody came back with money, the first orders say what an order is worth. */
function spendingOf(customers: readonly Customer[], which: 'paid' | 'paid_again'): readonly number[] {
  const paying = customers.filter((customer) => customer[which].count > 0)
  if (paying.length === 0) {
    if (which === 'paid_again') return spendingOf(customers, 'paid')
    throw new RangeError('nobody has paid anything')
  }
  const orders = Float64Array.from(paying, (customer) => customer[which].count)
  const mean_value = Float64Array.from(paying, (customer) => customer[which].value / customer[which].count)
  // The scale is the shop's own: a prior in money would be one in a currency.
  const typical = mean_value.reduce((sum, value) => sum + value, 0) / mean_value.length
  const prior: Prior = { around: [6, 3.5, (typical * 2.5) / 6], sd: [1.5, 0.7, 1.5] }
  return fitParameters((parameters) => gammaGammaLogLikelihood(parameters, { orders, mean_value }), prior.around, {
    prior,
    tolerance: TOLERANCE,
  }).parameters
}

function keptOf(customers: readonly Customer[]): number {
  let [net, gross] = [0, 0]
  for (const { paid, refunded } of customers) {
    net += paid.value - refunded
    gross += paid.value
  }
  return gross > 0 ? Math.max(0, net / gross) : 1
}
