import { drawNormal } from '../math/draw.ts'
import type { Random } from '../math/random.ts'
import { bgNbd } from './bg-nbd.ts'
import { calendarOf } from './calendar.ts'
import { informationAt } from './calendar-derivatives.ts'
import type { Transactions } from './customers.ts'
import type { Rows } from './rows.ts'
import { BG_NBD_PRIOR, type Shop } from './shop.ts'

/**
 * What goes wrong for all customers together: the calendar, the parameters, the value of an order. Drawn once per draw,
 * for everybody, so that sums over customers have the spread that sums have.
 */
export type Shared = {
  /** Draws of how many times as much everybody buys, relative to the point forecast. */
  readonly pace: Float64Array
  /** Steps of ln (r, α, a, b) from the fit, one per draw, and what they do to the ln of a row's expected orders. */
  readonly steps: readonly Float64Array[]
  readonly slopes: readonly Float64Array[]
  /** Draws of how many times as much an order is worth. */
  readonly value: Float64Array
}

export function drawShared(
  all: readonly Transactions[],
  shop: Shop,
  weeks: number,
  draws: number,
  random: Random,
): Shared {
  const ln_parameters = shop.bg_nbd.map(Math.log)
  const information = informationAt(shop.rows, ln_parameters)
  BG_NBD_PRIOR.sd.forEach((sd, j) => {
    information[j]![j]! += 1 / (sd * sd)
  })
  const calendar = calendarOf(shop.rows, ln_parameters, information, repeatsByWeek(all, shop))
  const pace = new Float64Array(draws)
  const steps: Float64Array[] = []
  for (let d = 0; d < draws; d++) {
    const drawn = calendar.draw(random, weeks)
    pace[d] = drawn.pace
    steps.push(drawn.ln_parameters.map((value, j) => value - ln_parameters[j]!))
  }
  const sd = valueUncertainty(shop)
  return {
    pace,
    steps,
    slopes: ln_parameters.map((_, j) => slopeOf(shop, ln_parameters, weeks, j)),
    value: Float64Array.from({ length: draws }, () => Math.exp(sd * drawNormal(random) - (sd * sd) / 2)),
  }
}

/** How many times as many orders a row is expected to have in draw d, the shared pace included. */
export function factorOf({ pace, steps, slopes }: Shared, row: number, d: number): number {
  const step = steps[d]!
  let ln = 0
  for (let j = 0; j < slopes.length; j++) ln += slopes[j]![row]! * step[j]!
  return pace[d]! * Math.exp(Math.min(LN_FACTOR_MAX, Math.max(-LN_FACTOR_MAX, ln)))
}

/** The sum over customers in each draw, relative to the sum of `levels`, one level per customer. */
export function sharedSums(shared: Shared, rows: Rows, levels: Float64Array): Float64Array {
  const by_row = new Float64Array(rows.size)
  let whole = 0
  levels.forEach((level, i) => {
    by_row[rows.of[i]!]! += level
    whole += level
  })
  return shared.pace.map(
    (_, d) => by_row.reduce((sum, level, row) => sum + level * factorOf(shared, row, d), 0) / whole,
  )
}

/** Slopes hold near the fit; where parameters are as good as unknown, a row may become this much more or less. */
const LN_FACTOR_MAX = 3

/** Repeat orders of each week before the cut, last week first. */
function repeatsByWeek(all: readonly Transactions[], { cut_day, customers }: Shop): Float64Array {
  const first_day = customers.reduce((least, customer) => Math.min(least, customer.first_day), cut_day)
  const out = new Float64Array(Math.ceil((cut_day - first_day) / 7))
  for (const { days } of all) {
    for (let i = 1; i < days.length && days[i]! <= cut_day; i++) out[Math.floor((cut_day - days[i]!) / 7)]!++
  }
  return out
}

function slopeOf(shop: Shop, ln_parameters: readonly number[], weeks: number, j: number): Float64Array {
  const step = 0.02
  const at = (by: number) =>
    bgNbd.ordersOf(ln_parameters.with(j, ln_parameters[j]! + by).map(Math.exp), shop.rows, weeks)
  const [more, less] = [at(step), at(-step)]
  // Of those who left for certain nothing is expected, and nothing changes that.
  return more.map((value, i) => (value > 0 && less[i]! > 0 ? Math.log(value / less[i]!) / (2 * step) : 0))
}

/** Standard error of the ln of the mean value of an order, customers being what is independent. */
function valueUncertainty({ customers }: Shop): number {
  const means = customers.filter(({ paid }) => paid.count > 0).map(({ paid }) => paid.value / paid.count)
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, means.length - 1)
  return Math.sqrt(Math.log1p(variance / (mean * mean) / means.length))
}
