import { spentWithin, type Transactions } from '../../../../models/ltv/customers.ts'
import {
  type FittedShop,
  fitShop,
  forecastHorizon,
  LTV_MODEL,
  type SumForecast,
} from '../../../../models/ltv/forecast.ts'
import { pastOf } from '../../../../models/ltv/past.ts'
import { mondayOf } from '../../../../models/ltv/week.ts'
import { seeded } from '../../../../models/math/random.ts'
import { CUSTOMER_FIELDS, type FitAnswer, type FitRequest, type FittedHorizon, type FittedSum } from './message.ts'

/** Forecasts a shop. The same request gives the same answer, bit for bit. */
export function computeFit(request: FitRequest): FitAnswer {
  const { cut_day, horizons, seed } = request
  const { all, groupsOf, places } = customersOf(request)
  const fitted = fitShop(all, cut_day)
  if ('insufficient' in fitted) return fitted
  const { bg_nbd, kept, pareto_nbd, spending } = fitted.shop
  return {
    model: LTV_MODEL,
    fitted: { bg_nbd, pareto_nbd, spending, kept },
    places: Int32Array.from(places),
    past: pastOf(all, cut_day, groupsOf),
    horizons: horizons.map((horizon_days, i) => horizonOf(fitted, groupsOf, horizon_days, seeded(seed, i), request)),
  }
}

/** Customers who have bought something, with their places and the names of the groups of each: its cohort and those given. */
function customersOf({ groups, group_of, transactions }: FitRequest) {
  const { amounts, counts, days } = transactions
  const all: Transactions[] = []
  const places: number[] = []
  let at = 0
  counts.forEach((count, place) => {
    const end = at + count
    const one = transactionsIn(days.subarray(at, end), amounts.subarray(at, end))
    at = end
    if (one.days.length === 0) return
    all.push(one)
    places.push(place)
  })
  const names = new Map<string, readonly string[]>()
  const groupsOf = (at: number): readonly string[] => {
    const own = group_of[places[at]!]!
    const monday = mondayOf(all[at]!.days[0]!)
    // Few different ones: they are made once.
    const key = `${monday},${own}`
    let known = names.get(key)
    if (known === undefined) {
      known = [cohortName(monday), ...groups[own]!]
      names.set(key, known)
    }
    return known
  }
  return { all, groupsOf, places }
}

export function cohortName(monday: number): string {
  return `cohort\0${monday}`
}

const NONE: readonly number[] = []

/** Arrays as long as what is in them: those that grow keep room for more, and there are some for every customer. */
function transactionsIn(days: Int32Array, amounts: Float64Array): Transactions {
  if (amounts.every((amount) => amount >= 0)) {
    return { id: '', days: Array.from(days), values: Array.from(amounts), refund_days: NONE, refunds: NONE }
  }
  const [bought, back] = [days.filter((_, i) => amounts[i]! >= 0), days.filter((_, i) => amounts[i]! < 0)]
  return {
    id: '',
    days: Array.from(bought),
    values: Array.from(amounts.filter((amount) => amount >= 0)),
    refund_days: Array.from(back),
    refunds: Array.from(
      amounts.filter((amount) => amount < 0),
      Math.abs,
    ),
  }
}

/** Fewer draws of each customer where there are many: the quantiles of sums rest on what they share. */
function drawsOf(customers: number): number {
  return customers > 50_000 ? 100 : 250
}

function horizonOf(
  fitted: FittedShop,
  groupsOf: (place: number) => readonly string[],
  horizon_days: number,
  random: () => number,
  { cut_day, each_customer }: FitRequest,
): FittedHorizon {
  const { known } = fitted
  const naive = naiveValues(known, cut_day, horizon_days)
  const customers = new Float64Array(each_customer ? known.length * CUSTOMER_FIELDS.length : 0)
  const forecast = forecastHorizon(fitted, {
    each(place, { orders_mean, p_alive, q05, q10, q50, q90, q95, value_mean }) {
      const numbers = [p_alive, orders_mean, value_mean, q05, q10, q50, q90, q95, naive?.[place] ?? Number.NaN]
      customers.set(numbers, place * CUSTOMER_FIELDS.length)
    },
    horizon_days,
    random,
    groupsOf,
    draws: drawsOf(known.length),
    sums_only: !each_customer,
    history: true,
  })
  const naives = new Map<string, number>()
  let naive_total = 0
  naive?.forEach((value, place) => {
    naive_total += value
    for (const name of groupsOf(place)) naives.set(name, (naives.get(name) ?? 0) + value)
  })
  const sum = ({ mean, q05, q10, q50, q90, q95 }: SumForecast, customers: number, before: number): FittedSum => ({
    customers,
    mean,
    quantiles: { q05, q10, q50, q90, q95 },
    naive: naive === null ? null : before,
  })
  return {
    horizon_days,
    total: sum(forecast.total, known.length, naive_total),
    groups: forecast.groups.map((one) => [one.group, sum(one, one.customers, naives.get(one.group) ?? 0)]),
    customers,
  }
}

/**
 * The fixed naive model that skill is measured against: everybody brings in the next days what they brought in as many
 * days before. @returns null where the shop is too young to have had as many
 */
function naiveValues(known: readonly Transactions[], cut_day: number, horizon_days: number): Float64Array | null {
  const first_day = known.reduce((least, { days }) => Math.min(least, days[0]!), cut_day)
  if (cut_day - first_day < horizon_days) return null
  return Float64Array.from(known, (one) => Math.max(0, spentWithin(one, cut_day - horizon_days, cut_day).value))
}
