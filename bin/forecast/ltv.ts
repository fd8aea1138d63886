import { transactionsOf } from '../../models/ltv/customers.ts'
import { type Forecast, forecastLtv, type SumForecast } from '../../models/ltv/forecast.ts'
import { seeded } from '../../models/math/random.ts'
import type { CommandContext } from '../command.ts'
import { integer, isOn, requiredText } from '../flags.ts'
import { UsageError } from '../usage-error.ts'
import { dateOf, dayOf } from './days.ts'
import { readOrders } from './read-orders.ts'

/** The same file gives the same numbers, byte for byte. */
const SEED = 20_260_101
const DRAWS = 500

/**
 * `omnify forecast ltv`: what each customer with an order by the cut will spend in the days after it, as CSV, or with
 * `--totals` the sum over all and over weekly cohorts as JSON. Too little to forecast from is an answer: one line
 * `{"insufficient":{"needed":…,"seen":…}}` in either form.
 */
export async function forecastLtvCommand({ flags, signal, stdout, stderr }: CommandContext): Promise<number> {
  const file = requiredText(flags, 'orders')
  const cut_day = dayOf(requiredText(flags, 'cut'))
  if (cut_day === null) throw new UsageError(`--cut must be a date like 2026-01-31, is "${flags.cut}"`)
  requiredText(flags, 'horizon')
  const horizon_days = integer(flags, 'horizon', { min: 1, max: 3650 })!
  const totals = isOn(flags, 'totals')
  const all = transactionsOf(await readOrders(file, signal))
  const forecast = forecastLtv(all, {
    cut_day,
    horizon_days,
    random: seeded(SEED),
    draws: DRAWS,
    sums_only: totals,
    history: isOn(flags, 'history'),
  })
  if ('insufficient' in forecast) {
    stderr.write('too little to forecast from; see "needed" and "seen"\n')
    stdout.write(`${JSON.stringify(forecast)}\n`)
  } else stdout.write(totals ? totalsText(forecast) : customersText(forecast))
  return 0
}

function customersText({ customers }: Forecast): string {
  const lines = customers.map(({ customer, p_alive, orders_mean, value_mean, q05, q10, q50, q90, q95 }) =>
    [quoted(customer), ...[p_alive, orders_mean, value_mean, q05, q10, q50, q90, q95].map(plain)].join(','),
  )
  return `${['customer,p_alive,orders_mean,value_mean,q05,q10,q50,q90,q95', ...lines].join('\n')}\n`
}

function totalsText({ total, cohorts }: Forecast): string {
  const numbers = ({ mean, q05, q10, q50, q90, q95 }: SumForecast) => ({ mean, q05, q10, q50, q90, q95 })
  return `${JSON.stringify({
    total: numbers(total),
    cohorts: cohorts.map((cohort) => ({
      week: dateOf(cohort.monday),
      customers: cohort.customers,
      ...numbers(cohort),
    })),
  })}\n`
}

/** Up to nine significant digits: sums of them still agree to the cent. */
function plain(value: number): string {
  return String(Number(value.toPrecision(9)))
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
