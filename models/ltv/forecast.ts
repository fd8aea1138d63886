import type { Random } from '../math/random.ts'
import type { Transactions } from './customers.ts'
import { customerDrawer } from './draw-customer.ts'
import { type Learnt, learnFromMatured, NOTHING_MATURED } from './matured.ts'
import { paretoNbd } from './pareto-nbd.ts'
import { inOrderOf, type LearntOrder, learnOrder, levelValues, orderValues, rankScores } from './rank.ts'
import { drawShared, type Shared } from './shared.ts'
import { perCustomer, type Shop, shopAt } from './shop.ts'
import { stretched } from './stretch.ts'
import { type Insufficient, insufficiency } from './sufficient.ts'
import { mondayOf } from './week.ts'

export const LTV_MODEL = 'ltv@2'

export type Quantiles = {
  readonly q05: number
  readonly q10: number
  readonly q50: number
  readonly q90: number
  readonly q95: number
}

export type CustomerForecast = Quantiles & {
  readonly customer: string
  readonly p_alive: number
  readonly orders_mean: number
  readonly value_mean: number
}

export type Forecast = {
  readonly model: string
  readonly shop: Shop
  /** What matured forecasts said: quantiles are read from draws at its `places`. */
  readonly learnt: Learnt
  readonly customers: readonly CustomerForecast[]
  /** Sums over customers, draw by draw: of all, and by the week of the first order, oldest first. */
  readonly total: SumForecast
  readonly cohorts: readonly CohortForecast[]
  readonly groups: readonly GroupForecast[]
}

export type SumForecast = Quantiles & { readonly mean: number; readonly draws: Float64Array }

/** `monday` is a day since 1970-01-01. */
export type CohortForecast = SumForecast & { readonly monday: number; readonly customers: number }

/** A sum over the customers of a group that `groupsOf` named. */
export type GroupForecast = SumForecast & { readonly group: string; readonly customers: number }

export type HorizonOptions = {
  readonly horizon_days: number
  readonly random: Random
  readonly draws: number
  /** Is shown the draws of each customer, by place in `shop.customers`; they are overwritten afterwards. */
  readonly visit?: (place: number, draws: Float64Array) => void
  /** Names of further groups that the customer at a place in `shop.customers` is summed into. */
  readonly groupsOf?: (place: number) => readonly string[]
  /** Leaves the forecast of each customer out; sums are the same. */
  readonly sums_only?: boolean
  /** Is told the forecast of each customer instead of their all being kept, of which a large shop has many. */
  readonly each?: (place: number, forecast: CustomerForecast) => void
  /** Learns from forecasts that were due by the cut how wide shared errors are, and where in the draws quantiles lie. */
  readonly history?: boolean
}

export type ForecastOptions = HorizonOptions & { readonly cut_day: number }

/**
 * What every customer will spend in the days after the cut.
 *
 * The mean is BG/NBD's level in the order of `rankScores`; its spread is drawn from Pareto/NBD's posterior, moved to
 * that mean, under errors that all customers share. Cohorts and total are sums over customers, draw by draw.
 */
export function forecastLtv(
  all: readonly Transactions[],
  { cut_day, ...options }: ForecastOptions,
): Forecast | Insufficient {
  const fitted = fitShop(all, cut_day)
  return 'insufficient' in fitted ? fitted : forecastHorizon(fitted, options)
}

/** A shop whose models are fitted, for as many horizons as are wanted. */
export type FittedShop = {
  /** Customers with a transaction by the cut. */
  readonly known: readonly Transactions[]
  readonly shop: Shop
  readonly order: LearntOrder
}

export function fitShop(all: readonly Transactions[], cut_day: number): FittedShop | Insufficient {
  const known = all.filter(({ days }) => days[0]! <= cut_day)
  const lacking = insufficiency(known, cut_day)
  if (lacking !== null) return lacking
  return { known, shop: shopAt(known, cut_day), order: learnOrder(known, cut_day) }
}

export function forecastHorizon({ known, shop, order }: FittedShop, options: HorizonOptions): Forecast {
  const { draws, horizon_days, random } = options
  const weeks = horizon_days / 7
  const levels = levelValues(shop, weeks)
  const means = inOrderOf(rankScores(order, shop, weeks), levels)
  const learnt = options.history ? learnFromMatured(known, shop, horizon_days, random) : NOTHING_MATURED
  const shared = stretched(drawShared(known, shop, weeks, draws, random), shop, levels, learnt.stretch)
  return { learnt, ...summed(shop, means, shared, learnt.places, weeks, options) }
}

function summed(
  shop: Shop,
  means: Float64Array,
  shared: Shared,
  places: Learnt['places'],
  weeks: number,
  options: HorizonOptions,
): Omit<Forecast, 'learnt'> {
  const { draws, each, groupsOf, random, sums_only = false } = options
  const drawer = customerDrawer(shop, means, shared, weeks, random)
  const order_value = orderValues(shop)
  const alive = perCustomer(shop, paretoNbd.aliveOf(shop.pareto_nbd, shop.rows))
  const total = emptySum(draws)
  const [cohorts, groups] = [new Map<number, Sum>(), new Map<string, Sum>()]
  const customers: CustomerForecast[] = []
  const [own, sorted] = [new Float64Array(draws), new Float64Array(draws)]
  shop.customers.forEach(({ id, first_day }, i) => {
    drawer(i, own)
    options.visit?.(i, own)
    const further = groupsOf?.(i).map((name) => sumOf(groups, name, draws)) ?? []
    for (const sum of [total, sumOf(cohorts, mondayOf(first_day), draws), ...further]) {
      sum.customers++
      sum.mean += means[i]!
      for (let d = 0; d < draws; d++) sum.draws[d]! += own[d]!
    }
    if (sums_only) return
    const orders_mean = order_value[i]! > 0 ? means[i]! / order_value[i]! : 0
    sorted.set(own)
    const quantiles = quantilesOfSorted(sorted.sort(), places.customer)
    const forecast = { customer: id, p_alive: alive[i]!, orders_mean, value_mean: means[i]!, ...quantiles }
    if (each === undefined) customers.push(forecast)
    else each(i, forecast)
  })
  // Channels may be but one: the same customers have the same quantiles, whatever they are called.
  const quantilesOfGroup = (one: Sum) => {
    return quantilesOf(one.draws, one.customers === total.customers ? places.total : places.group)
  }
  return {
    model: LTV_MODEL,
    shop,
    customers,
    total: { ...total, ...quantilesOf(total.draws, places.total) },
    cohorts: [...cohorts]
      .sort(([a], [b]) => a - b)
      .map(([monday, cohort]) => ({ monday, ...cohort, ...quantilesOfGroup(cohort) })),
    groups: [...groups].map(([group, sum]) => ({ group, ...sum, ...quantilesOfGroup(sum) })),
  }
}

type Sum = { customers: number; mean: number; readonly draws: Float64Array }

function emptySum(draws: number): Sum {
  return { customers: 0, mean: 0, draws: new Float64Array(draws) }
}

function sumOf<K>(sums: Map<K, Sum>, key: K, draws: number): Sum {
  let sum = sums.get(key)
  if (sum === undefined) {
    sum = emptySum(draws)
    sums.set(key, sum)
  }
  return sum
}

function quantilesOf(draws: Float64Array, places: readonly number[]): Quantiles {
  return quantilesOfSorted(draws.toSorted(), places)
}

/**
 * Nearest-rank quantiles, read where matured forecasts say that they lie. A sorted copy of each customer's draws would
 * be memory that lies outside of the heap.
 */
function quantilesOfSorted(sorted: Float64Array, places: readonly number[]): Quantiles {
  const [q05, q10, q50, q90, q95] = places.map(
    (place) => sorted[Math.min(sorted.length - 1, Math.floor(place * sorted.length))]!,
  ) as [number, number, number, number, number]
  return { q05, q10, q50, q90, q95 }
}
