import { scoreOf } from '../../models/evaluation/score.ts'
import { spentWithin, type Transactions } from '../../models/ltv/customers.ts'
import { fitShop, forecastHorizon, LTV_MODEL, type SumForecast } from '../../models/ltv/forecast.ts'
import { mondayOf } from '../../models/ltv/week.ts'
import { seeded } from '../../models/math/random.ts'
import { QUANTILE_LEVELS } from '../../schemas/forecasts.ts'
import { simulateShop } from '../ltv/simulate-shop.ts'
import { type Matured, type Row, rowOf } from './table.ts'

const HORIZONS = [30, 90] as const
const WEEKS_BEFORE = 26
const WEEKS_AFTER = 13
const DRAWS = 250

/**
 * A year of shops that are half a year old when it begins, forecast every Monday from what they had sold by then. Totals
 * and weekly cohorts are scored as the engine scores them: twice the mean pinball loss, against everybody bringing in
 * what they had brought in as many days before.
 */
export function replayLtv(shops: number, weeks: number, signal: AbortSignal): Row[] {
  const cells = HORIZONS.flatMap((horizon) => {
    return (['shop', 'cohort'] as const).map((kind) => ({ horizon, kind, made: 0, matured: [] as Matured[] }))
  })
  for (let s = 0; s < shops; s++) {
    const { all, first_day } = simulateShop(seeded(s, 5), WEEKS_BEFORE + weeks + WEEKS_AFTER)
    for (let week = 0; week < weeks; week++) {
      signal.throwIfAborted()
      const cut_day = first_day + 7 * (WEEKS_BEFORE + week) - 1
      const fitted = fitShop(all, cut_day)
      if ('insufficient' in fitted) continue
      for (const horizon of HORIZONS) {
        const random = seeded(s, 1000 + week)
        const { cohorts, total } = forecastHorizon(fitted, {
          ...{ horizon_days: horizon, random, draws: DRAWS, sums_only: true, history: true },
        })
        const actual = sumsOf(fitted.known, cut_day, cut_day + horizon)
        const before = sumsOf(fitted.known, cut_day - horizon, cut_day)
        const is_old = cut_day - first_day >= horizon
        for (const cell of cells.filter((one) => one.horizon === horizon)) {
          const sums = cell.kind === 'shop' ? [['', total] as const] : cohorts.map((one) => [one.monday, one] as const)
          for (const [key, sum] of sums) {
            cell.made++
            cell.matured.push(maturedOf(sum, actual.get(key)!, is_old ? before.get(key)! : null))
          }
        }
      }
    }
  }
  return cells.map(({ horizon, kind, made, matured }) => {
    return rowOf({ model: LTV_MODEL, of: kind, horizon_days: horizon }, made, matured)
  })
}

/** What customers brought in after one day up to another: all under '', and by the Monday of their week. */
function sumsOf(known: readonly Transactions[], from: number, to: number): Map<number | '', number> {
  const sums = new Map<number | '', number>([['', 0]])
  for (const one of known) {
    const { value } = spentWithin(one, from, to)
    const monday = mondayOf(one.days[0]!)
    sums.set('', sums.get('')! + value)
    sums.set(monday, (sums.get(monday) ?? 0) + value)
  }
  return sums
}

function maturedOf({ mean, q05, q10, q50, q90, q95 }: SumForecast, actual: number, before: number | null): Matured {
  const quantiles = { q05, q10, q50, q90, q95 }
  const naive = before === null ? [] : QUANTILE_LEVELS.map(() => before)
  return {
    score: scoreOf({ mean, quantiles, probability: null, naive }, actual),
    quantiles: [q05, q10, q50, q90, q95],
  }
}
