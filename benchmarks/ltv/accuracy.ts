import type { Transactions } from '../../models/ltv/customers.ts'
import { spentWithin } from '../../models/ltv/customers.ts'
import { forecastLtv } from '../../models/ltv/forecast.ts'
import { crpsOfDraws, pointScores, randomisedPit, type Scored } from '../../models/ltv/score.ts'
import { seeded } from '../../models/math/random.ts'
import { bootstrap } from './bootstrap.ts'

const DRAWS = 500
const RESAMPLES = 200

/** One cut and horizon of one file, everybody scored who had ordered by the cut. */
export function accuracyAt(all: readonly Transactions[], cut_day: number, horizon_days: number) {
  const [spent, crps, pit] = [new Map<string, number>(), [] as number[], [] as number[]]
  const kept: Float32Array[] = []
  for (const one of all) spent.set(one.id, spentWithin(one, cut_day, cut_day + horizon_days).value)
  const places = all.filter(({ days }) => days[0]! <= cut_day).map(({ id }) => id)
  const uniform = seeded(1, 2)
  const forecast = forecastLtv(all, {
    cut_day,
    horizon_days,
    random: seeded(1),
    draws: DRAWS,
    history: true,
    visit(place, draws) {
      const sorted = draws.toSorted()
      const actual = spent.get(places[place]!)!
      crps.push(crpsOfDraws(sorted, actual))
      pit.push(randomisedPit(sorted, actual, uniform()))
      kept.push(Float32Array.from(draws))
    },
  })
  if ('insufficient' in forecast) throw new Error(`too little to forecast from: ${JSON.stringify(forecast)}`)
  const at_95 = forecast.learnt.places.customer.at(-1)!
  const scored: Scored[] = forecast.customers.map(({ customer, value_mean }) => ({
    id: customer,
    forecast: value_mean,
    actual: spent.get(customer)!,
  }))
  const scores = (picked: readonly number[]) => ({
    ...pointScores(picked.map((i) => scored[i]!)),
    crps: meanOf(picked.map((i) => crps[i]!)),
    pit_95: picked.filter((i) => pit[i]! <= at_95).length / picked.length,
  })
  const everybody = scored.map((_, i) => i)
  const whole = scores(everybody)
  // A level that is off shifts everybody: with the truth at the level of the forecast, what is left is the spread's.
  const at_level = places.filter(
    (id, i) =>
      randomisedPit(Float64Array.from(kept[i]!), Math.fround(spent.get(id)! * whole.level), uniform()) <= at_95,
  )
  const middle_90 = bootstrap(scored.length, scores, RESAMPLES, seeded(1, 3))
  return { ...whole, pit_95_at_level: at_level.length / places.length, middle_90 }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
