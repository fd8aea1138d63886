import { spentWithin, type Transactions } from '../../models/ltv/customers.ts'
import { type Forecast, forecastLtv, type Quantiles } from '../../models/ltv/forecast.ts'
import { randomisedPit } from '../../models/ltv/score.ts'
import { seeded } from '../../models/math/random.ts'

const DRAWS = 300

/** How many intervals were asked, and how many held. */
export type Coverage = { readonly asked: number; readonly held: number }
/** 80 % intervals of sums; of customers, those whose randomised PIT is at most that of their 95 % quantile. */
export type Covered = { readonly total: Coverage; readonly cohorts: Coverage; readonly customers: Coverage }

/** One origin: does the interval of the total hold, and those of the weekly cohorts. */
export function coverageAt(all: readonly Transactions[], cut_day: number, horizon_days: number, seed: number): Covered {
  const known = all.filter(({ days }) => days[0]! <= cut_day)
  const spent = known.map((one) => spentWithin(one, cut_day, cut_day + horizon_days).value)
  const uniform = seeded(seed, 1)
  const pit = new Float64Array(known.length)
  const forecast = forecastLtv(all, {
    cut_day,
    horizon_days,
    random: seeded(seed),
    draws: DRAWS,
    sums_only: true,
    history: true,
    visit(place, draws) {
      pit[place] = randomisedPit(draws, spent[place]!, uniform())
    },
  })
  if ('insufficient' in forecast) throw new Error(`too little to forecast from: ${JSON.stringify(forecast)}`)
  const at_95 = forecast.learnt.places.customer.at(-1)!
  const total = spent.reduce((sum, value) => sum + value, 0)
  return {
    total: { asked: 1, held: holds(forecast.total, total) ? 1 : 0 },
    cohorts: cohortCoverage(forecast, known, spent),
    customers: { asked: known.length, held: pit.filter((one) => one <= at_95).length },
  }
}

export function together(all: readonly Coverage[]): Coverage {
  return all.reduce((sum, { asked, held }) => ({ asked: sum.asked + asked, held: sum.held + held }), {
    asked: 0,
    held: 0,
  })
}

export function share({ asked, held }: Coverage): number {
  return Number((held / asked).toFixed(4))
}

function cohortCoverage({ cohorts }: Forecast, known: readonly Transactions[], spent: readonly number[]): Coverage {
  const truth = new Map<number, number>()
  known.forEach(({ days }, i) => {
    const cohort = cohorts.findLast(({ monday }) => monday <= days[0]!)!
    truth.set(cohort.monday, (truth.get(cohort.monday) ?? 0) + spent[i]!)
  })
  return { asked: cohorts.length, held: cohorts.filter((one) => holds(one, truth.get(one.monday)!)).length }
}

function holds({ q10, q90 }: Quantiles, actual: number): boolean {
  return q10 <= actual && actual <= q90
}
