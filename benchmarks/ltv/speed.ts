import { bgNbd } from '../../models/ltv/bg-nbd.ts'
import type { BuyingModel } from '../../models/ltv/buying-model.ts'
import type { Transactions } from '../../models/ltv/customers.ts'
import { fitParameters } from '../../models/ltv/fit.ts'
import { paretoNbd } from '../../models/ltv/pareto-nbd.ts'
import { shopAt } from '../../models/ltv/shop.ts'
import { afterOrder, type CustomerState, estimate } from '../../models/ltv/stream.ts'
import { median } from '../support/statistics.ts'
import { rowsOf } from './cdnow.ts'

const ROUNDS = 3

/** Seconds of processor time of a fit, from transactions to parameters; microseconds of an order in the stream. */
export function speed(all: readonly Transactions[], cut_day: number) {
  return {
    fit_bg_nbd_cpu_s: fitSeconds(bgNbd, all, cut_day),
    fit_pareto_nbd_cpu_s: fitSeconds(paretoNbd, all, cut_day),
    ...streamed(all, cut_day),
  }
}

function fitSeconds(model: BuyingModel, all: readonly Transactions[], cut_day: number): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const begun = process.cpuUsage()
    const rows = rowsOf(all, cut_day)
    fitParameters((parameters) => model.logLikelihood(parameters, rows), model.start)
    return cpuSince(begun)
  })
  return Number(median(rounds).toFixed(3))
}

/** All orders of the history in their order: state, P(alive), orders and value within 90 days after each. */
function streamed(all: readonly Transactions[], cut_day: number) {
  const fitted = shopAt(all, cut_day)
  const orders = all
    .flatMap(({ days, values }, customer) => days.map((day, i) => ({ customer, day, value: values[i]! })))
    .sort((a, b) => a.day - b.day)
  const states = new Array<CustomerState | null>(all.length).fill(null)
  const begun = process.cpuUsage()
  let value = 0
  for (const order of orders) {
    const state = afterOrder(states[order.customer]!, order.day, order.value)
    states[order.customer] = state
    if (state !== null) value += estimate(state, fitted, order.day, 90).value_mean
  }
  if (!Number.isFinite(value)) throw new Error('an estimate of the stream is not finite')
  return { us_per_order: Number(((cpuSince(begun) * 1e6) / orders.length).toFixed(2)) }
}

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1e6
}
