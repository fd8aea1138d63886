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
const SPENDING_PRIOR: Prior = { around: [6, 3.5, 2.5 / 6], sd: [1.5, 0.7, 1.5] }
const Q_MIN = 1.2
/** Digits of ln L beyond which no forecast changes. */
const TOLERANCE = 1e-4

/**
 * Beyond this many customers parameters are fitted to every second one, every third and so on: what is left of their
 * errors is small beside what all customers share.
 */
const FIT_CUSTOMERS_MAX = 50_000

export function shopAt(all: readonly Transactions[], cut_day: number): Shop {
  const customers = customersAt(all, cut_day)
  const rows = rowsAt(customers, cut_day)
  const some = everyNth(customers)
  const fitted = some === customers ? rows : rowsAt(some, cut_day)
  return {
    cut_day,
    customers,
    rows,
    bg_nbd: fitTo(bgNbd, fitted, BG_NBD_PRIOR),
    pareto_nbd: fitTo(paretoNbd, fitted, PARETO_NBD_PRIOR),
    spending: spendingOf(some, 'paid'),
    spending_again: spendingOf(some, 'paid_again'),
    kept: keptOf(customers),
  }
}

/** As many as parameters are fitted to: all of a usual shop, evenly chosen ones of a large one. */
export function everyNth<T>(all: readonly T[]): readonly T[] {
  const n = Math.ceil(all.length / FIT_CUSTOMERS_MAX)
  return n <= 1 ? all : all.filter((_, i) => i % n === 0)
}

/**
 * The shop as it was at an earlier day, for looking back: BG/NBD is fitted anew; what says little about its errors
 * (Pareto/NBD, the spread of values) stays as it is at the cut.
 */
export function shopAgainAt(all: readonly Transactions[], day: number, shop: Shop): Shop {
  const customers = customersAt(all, day)
  const rows = rowsAt(customers, day)
  // Near enough for an error: a hundredth of ln L is a tenth of a standard error, and the fit is not far from today's.
  const options = { prior: BG_NBD_PRIOR, tolerance: 1e-2, step: 0.15 }
  const fit = fitParameters((parameters) => bgNbd.logLikelihood(parameters, rows), shop.bg_nbd, options)
  return { ...shop, cut_day: day, customers, rows, bg_nbd: fit.parameters }
}

function rowsAt(customers: readonly Customer[], cut_day: number): Rows {
  return toRows(
    customers.map(({ transactions, first_day, last_day }) => ({
      x: transactions - 1,
      t_x: (last_day - first_day) / 7,
      T: (cut_day - first_day) / 7,
    })),
  )
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
  const options = { prior, tolerance: TOLERANCE }
  return fitParameters((parameters) => model.logLikelihood(parameters, rows), prior.around, options).parameters
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
  // In units of what is usual here: a prior in money would be one in a currency.
  const usual = mean_value.reduce((sum, value) => sum + value, 0) / mean_value.length
  const spending = { orders, mean_value: mean_value.map((value) => value / usual) }
  const options = { prior: SPENDING_PRIOR, tolerance: TOLERANCE }
  const fit = fitParameters((at) => gammaGammaLogLikelihood(at, spending), SPENDING_PRIOR.around, options)
  const [p, q, gamma] = fit.parameters as [number, number, number]
  // With q at 1 or below the mean order would be infinite; three customers with one order each can look like that.
  return [p, Math.max(q, Q_MIN), gamma * usual]
}

function keptOf(customers: readonly Customer[]): number {
  let [net, gross] = [0, 0]
  for (const { paid, refunded } of customers) {
    net += paid.value - refunded
    gross += paid.value
  }
  return gross > 0 ? Math.max(0, net / gross) : 1
}
