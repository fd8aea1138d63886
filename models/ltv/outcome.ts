import type { Random } from '../math/random.ts'
import { spentWithin, type Transactions } from './customers.ts'
import { addDepth, BINS, type Depths, type Level } from './depths.ts'
import { customerDrawer } from './draw-customer.ts'
import { inOrderOf, levelValues, rankScores } from './rank.ts'
import { randomisedPit } from './score.ts'
import { drawShared, sharedSums } from './shared.ts'
import { type Shop, shopAgainAt } from './shop.ts'
import { stretched, stretchFactors } from './stretch.ts'
import { mondayOf } from './week.ts'

/** A forecast that has matured, and what came. */
export type Outcome = {
  readonly origin: number
  /** (ln actual − ln forecast) / its standard deviation, of the sum over all customers. */
  readonly z: number
  /** Of each weekly cohort. */
  readonly cohorts: readonly { readonly actual: number; readonly draws: Float64Array }[]
  /** Of all customers, as shares. */
  readonly customers: Depths
  /** What all customers share in each draw, around 1. */
  readonly shared: Float64Array
}

const SHARED_DRAWS = 100
const DRAWS = 30

/**
 * Forecasts a shop from a past day as it was known then, and compares it with what came. What customers add to the spread
 * of the sum each for themselves is seen in the outcome: the squares of their own errors, once the sum is right.
 *
 * Customers are in the models' own order: what was learnt of it since would know of the outcome.
 *
 * @param known customers with a transaction by the origin
 * @returns null where nothing was expected, or nothing came: an error has no logarithm then
 */
export function outcomeAt(
  known: readonly Transactions[],
  shop: Shop,
  origin: number,
  horizon_days: number,
  random: Random,
): Outcome | null {
  const weeks = horizon_days / 7
  const before = shopAgainAt(known, origin, shop)
  const levels = levelValues(before, weeks)
  const spent = Float64Array.from(known, (one) => spentWithin(one, origin, origin + horizon_days).value)
  const [forecast, actual] = [sum(levels), sum(spent)]
  if (!(actual > 0 && forecast > 0)) return null
  // Draws are centred on the forecast.
  const shared = stretched(drawShared(known, before, weeks, SHARED_DRAWS, random), before, levels, 1)
  const sums = sharedSums(shared, before.rows, levels)
  const lns = sums.map((value, d) => Math.log(value * shared.value[d]!))
  const mean = sum(lns) / lns.length
  const shared_variance = sum(lns.map((ln) => (ln - mean) ** 2)) / lns.length
  const off = actual / forecast
  const own_variance = sum(spent.map((value, i) => (value - off * levels[i]!) ** 2)) / actual ** 2
  const z = Math.log(off) / Math.sqrt(shared_variance + own_variance)
  const drawer = customerDrawer(before, inOrderOf(rankScores(null, before, weeks), levels), shared, weeks, random)
  const cohorts = new Map<number, { actual: number; readonly draws: Float64Array }>()
  const customers = new Float64Array(BINS)
  const own = new Float64Array(DRAWS)
  before.customers.forEach(({ first_day }, i) => {
    drawer(i, own)
    addDepth(customers, randomisedPit(own, spent[i]!, random()), 1 / spent.length)
    const monday = mondayOf(first_day)
    const cohort = cohorts.get(monday) ?? { actual: 0, draws: new Float64Array(DRAWS) }
    cohorts.set(monday, cohort)
    cohort.actual += spent[i]!
    for (let d = 0; d < DRAWS; d++) cohort.draws[d]! += own[d]!
  })
  return Number.isFinite(z) ? { origin, z, cohorts: [...cohorts.values()], customers, shared: sums } : null
}

/**
 * Adds the depths of an outcome under a stretch of what is shared. Sums move with what is shared; a customer, whose own
 * draws are far wider, is left where they were.
 */
export function placed(
  { cohorts, customers, shared }: Outcome,
  stretch: number,
  depths: Readonly<Record<Level, Depths>>,
  weight: number,
  random: Random,
): void {
  const factors = stretchFactors(shared, stretch).map((factor, d) => factor / shared[d]!)
  for (const { actual, draws } of cohorts) {
    const wide = draws.map((value, d) => value * factors[d]!)
    addDepth(depths.group, randomisedPit(wide, actual, random()), weight / cohorts.length)
  }
  customers.forEach((share, bin) => {
    depths.customer[bin]! += weight * share
  })
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
