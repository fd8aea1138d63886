import { type Order, type Transactions, transactionsOf } from '../../models/ltv/customers.ts'
import { type Forecast, forecastLtv, type SumForecast } from '../../models/ltv/forecast.ts'
import type { Insufficient } from '../../models/ltv/sufficient.ts'
import { seeded } from '../../models/math/random.ts'
import type { CommandContext } from '../command.ts'
import { integer, isOn, requiredText } from '../flags.ts'
import { UsageError } from '../usage-error.ts'
import { challenged } from './challenge-ltv.ts'
import { dateOf, dayOf } from './days.ts'
import { readOrders } from './read-orders.ts'

/** The same file gives the same numbers, byte for byte. */
const SEED = 20_260_101
const DRAWS = 500

/**
 * `omnify forecast ltv`: what each customer with an order by the cut will spend in the days after it, as CSV, or with
 * `--totals` the sum over all and over weekly cohorts as JSON. Too little to forecast from is an answer of the same shape:
 * `insufficient` in each column of each customer, or nulls, no cohorts and `"insufficient":{"needed":…,"seen":…}`.
 *
 * @throws Error for a file without orders, or with a line or header that cannot be read
 */
export async function forecastLtvCommand({ flags, signal, stdout, stderr }: CommandContext): Promise<number> {
  const file = requiredText(flags, 'orders')
  const cut_day = dayOf(requiredText(flags, 'cut'))
  if (cut_day === null) throw new UsageError(`--cut must be a date like 2026-01-31, is "${flags.cut}"`)
  requiredText(flags, 'horizon')
  const horizon_days = integer(flags, 'horizon', { min: 1, max: 3650 })!
  const totals = isOn(flags, 'totals')
  if (totals && isOn(flags, 'challenger')) throw new UsageError('--challenger says nothing of sums: leave --totals out')
  const orders = await readOrders(file, signal)
  const all = transactionsOf(orders)
  for (const sentence of unusual(orders, all)) stderr.write(`${file}: ${sentence}\n`)
  const forecast = forecastLtv(all, {
    cut_day,
    horizon_days,
    random: seeded(SEED),
    draws: DRAWS,
    sums_only: totals,
    history: isOn(flags, 'history'),
  })
  if ('insufficient' in forecast) {
    stderr.write(`${lacking(forecast)}\n`)
    const known = all.filter(({ days }) => days[0]! <= cut_day)
    stdout.write(totals ? insufficientTotals(forecast) : insufficientCustomers(known))
  } else if (isOn(flags, 'challenger')) {
    stdout.write(customersText(await challenged(forecast, all, { cut_day, horizon_days, seed: SEED, stderr })))
  } else stdout.write(totals ? totalsText(forecast) : customersText(forecast))
  return 0
}

/** What a reader of the forecast would not guess of its input: what is given back, free, or not there at all. */
function unusual(orders: readonly Order[], all: readonly Transactions[]): string[] {
  const negative = orders.filter(({ value }) => value < 0).length
  const zero = orders.filter(({ value }) => value === 0).length
  const without = new Set(orders.map(({ customer }) => customer)).size - all.length
  const parts = [
    negative > 0 && `${negative} with a value below zero, taken as refunds`,
    zero > 0 && `${zero} with a value of zero, taken as orders that brought nothing`,
  ].filter((part) => part !== false)
  const left_out = without > 0 ? `; customers with nothing but refunds, left out: ${without}` : ''
  return parts.length === 0 ? [] : [`rows: ${parts.join(', and ')}${left_out}`]
}

function lacking({ insufficient: { needed, seen } }: Insufficient): string {
  const short = (Object.keys(needed) as (keyof typeof needed)[]).filter((name) => seen[name] < needed[name])
  const parts = short.map((name) => `${name.replaceAll('_', ' ')} ${seen[name]} of ${needed[name]}`)
  return `too little to forecast from by the cut: ${parts.join(', ')}`
}

const COLUMNS = ['p_alive', 'orders_mean', 'value_mean', 'q05', 'q10', 'q50', 'q90', 'q95'] as const
const HEADER = `customer,${COLUMNS}`

/** Said in each column: no number stands in for one. */
function insufficientCustomers(known: readonly Transactions[]): string {
  const lines = known.map(({ id }) => [quoted(id), ...COLUMNS.map(() => 'insufficient')].join(','))
  return `${[HEADER, ...lines].join('\n')}\n`
}

function insufficientTotals(forecast: Insufficient): string {
  const total = { mean: null, q05: null, q10: null, q50: null, q90: null, q95: null }
  return `${JSON.stringify({ total, cohorts: [], ...forecast })}\n`
}

function customersText({ customers }: Pick<Forecast, 'customers'>): string {
  const lines = customers.map(({ customer, ...forecast }) =>
    [quoted(customer), ...COLUMNS.map((name) => plain(forecast[name]))].join(','),
  )
  return `${[HEADER, ...lines].join('\n')}\n`
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
