import type { Random } from '../math/random.ts'
import { customersAt, spentWithin, type Transactions } from './customers.ts'
import { forecastLtv } from './forecast.ts'
import { type PointScores, pointScores, type Scored } from './score.ts'
import type { Insufficient } from './sufficient.ts'
import { zilnMean, zilnOf, zilnQuantile } from './ziln.ts'

/** Examples by rows: `width` features each, and what came of it, which is zero or more. */
export type Examples = { readonly width: number; readonly features: Float32Array; readonly values: Float32Array }

/**
 * A network with three outputs a row, trained on examples by the loss of `zilnLoss`. What trains it needs wasm and lives
 * elsewhere; the same examples and seed must give the same network.
 */
export type TrainNetwork = (examples: Examples, seed: number) => Promise<Network>
export type Network = {
  /** Three numbers a row: see `zilnOf`. */
  predict(features: Float32Array): Promise<Float32Array>
  close(): void
}

export type ChallengerForecast = {
  readonly id: string
  readonly value_mean: number
  /** The value at a level from 0 to 1. */
  readonly quantile: (level: number) => number
}

/**
 * What each customer will spend by a network (Wang, Liu and Miao 2019, "A deep probabilistic model for customer lifetime
 * value prediction"). It learns from the second half of the history as seen from its middle, with times measured in
 * that half, so that what it has learnt holds from the cut on; a longer or shorter horizon is taken in proportion.
 *
 * @param all nothing behind the cut is looked at
 */
export async function forecastByNetwork(
  all: readonly Transactions[],
  of: { readonly cut_day: number; readonly horizon_days: number; readonly train: TrainNetwork; readonly seed: number },
): Promise<ChallengerForecast[]> {
  const { cut_day, horizon_days, seed, train } = of
  const middle = middleOf(all, cut_day)
  const span = cut_day - middle
  const before = customersAt(all, middle)
  const by_id = new Map(all.map((one) => [one.id, one]))
  const { features, scale } = featuresOf(before, middle, span)
  const values = Float32Array.from(before, ({ id }) => Math.max(0, spentWithin(by_id.get(id)!, middle, cut_day).value))
  const network = await train({ width: WIDTH, features, values }, seed)
  try {
    const now = customersAt(all, cut_day)
    const outputs = await network.predict(featuresOf(now, cut_day, span, scale).features)
    return now.map(({ id }, i) => {
      const ziln = zilnOf(outputs, i)
      const times = horizon_days / span
      return { id, value_mean: zilnMean(ziln) * times, quantile: (level) => zilnQuantile(ziln, level) * times }
    })
  } finally {
    network.close()
  }
}

export type Contest = {
  /** Days of the second half of the history, which both forecast from its middle. */
  readonly horizon_days: number
  readonly champion: PointScores
  readonly challenger: PointScores
  /** Whether the challenger is better in both: who is worth more than whom, and how far off the values are. */
  readonly wins: boolean
}

/**
 * Both from the middle of the history about its second half, and what came. Nothing behind the cut is looked at, and
 * neither is trained on what it is scored on.
 */
export async function contest(
  all: readonly Transactions[],
  of: { readonly cut_day: number; readonly train: TrainNetwork; readonly seed: number; readonly random: Random },
): Promise<Contest | Insufficient> {
  const { cut_day, random, seed, train } = of
  const middle = middleOf(all, cut_day)
  const horizon_days = cut_day - middle
  const known = all.filter(({ days }) => days[0]! <= middle)
  const forecast = forecastLtv(known, { cut_day: middle, horizon_days, random, draws: 100 })
  if ('insufficient' in forecast) return forecast
  const network = await forecastByNetwork(known, { cut_day: middle, horizon_days, train, seed })
  const spent = new Map(known.map((one) => [one.id, spentWithin(one, middle, cut_day).value]))
  const scored = (id: string, value: number): Scored => ({ id, forecast: value, actual: spent.get(id)! })
  const champion = pointScores(forecast.customers.map(({ customer, value_mean }) => scored(customer, value_mean)))
  const challenger = pointScores(network.map(({ id, value_mean }) => scored(id, value_mean)))
  const wins = challenger.rmse < champion.rmse && challenger.gini > champion.gini
  return { horizon_days, champion, challenger, wins }
}

function middleOf(all: readonly Transactions[], cut_day: number): number {
  const first_day = all.reduce((least, { days }) => Math.min(least, days[0]!), cut_day)
  return Math.floor((first_day + cut_day) / 2)
}

type Scale = { readonly means: readonly number[]; readonly deviations: readonly number[] }
const WIDTH = 7

/** Logs, so that a customer of ten orders is not ten times as far out as one of a single order; then standardised. */
function featuresOf(
  customers: ReturnType<typeof customersAt>,
  day: number,
  span: number,
  given?: Scale,
): { readonly features: Float32Array; readonly scale: Scale } {
  const rows = customers.map(({ first_day, first_value, last_day, ln_gaps, paid, refunded, transactions }) => [
    Math.log((day - last_day) / span + 0.01),
    Math.log((day - first_day) / span + 0.01),
    Math.log(transactions),
    Math.log(paid.count > 0 ? paid.value / paid.count + 1 : 1),
    Math.log(first_value + 1),
    transactions > 1 ? ln_gaps / (transactions - 1) - Math.log(span / 7) : 0,
    Math.log(refunded + 1),
  ])
  const scale = given ?? scaleOf(rows)
  const features = new Float32Array(rows.length * WIDTH)
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      features[i * WIDTH + j] = (value - scale.means[j]!) / scale.deviations[j]!
    })
  })
  return { features, scale }
}

function scaleOf(rows: readonly (readonly number[])[]): Scale {
  const columns = Array.from({ length: WIDTH }, (_, j) => rows.map((row) => row[j]!))
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / Math.max(1, rows.length))
  const deviations = columns.map((column, j) => {
    const square = column.reduce((sum, value) => sum + (value - means[j]!) ** 2, 0) / Math.max(1, rows.length)
    return Math.sqrt(square) || 1
  })
  return { means, deviations }
}
