import type { CreativeFate } from './day.ts'
import { type AlertScore, firstAlerts, scoreFirstAlerts } from './first-alerts.ts'
import type { Observations } from './observations.ts'

/** Probabilities of onset within 14 days from which on a creative is a candidate, is alerted, is urgent. */
export type Thresholds = { readonly candidate: number; readonly alert: number; readonly urgent: number }

/** Share of first alerts that an onset must follow within 21 days. */
const PRECISION = { candidate: 0.45, alert: 0.6, urgent: 0.75 } as const

/**
 * The lowest thresholds at which the training accounts' first alerts were right as often as promised, on forecasts of
 * models that had not seen those accounts. "As often" is meant with one standard error to spare: the precision on
 * other accounts is as likely to be above the measured one as below.
 *
 * @param chances of onset within 14 days, one for each observation
 */
export function chooseThresholds(
  seen: Observations,
  fates: readonly CreativeFate[],
  chances: ArrayLike<number>,
): { thresholds: Thresholds; score: AlertScore } {
  const tried = GRID.map((threshold) => {
    const first = firstAlerts(fates, seen.ids, seen.ages, seen.days, (row) => chances[row]! >= threshold)
    return { threshold, score: scoreFirstAlerts(first) }
  })
  const lowest = (precision: number) => tried.find(({ score }) => surely(score) >= precision) ?? tried.at(-1)!
  const alert = lowest(PRECISION.alert)
  return {
    thresholds: {
      candidate: lowest(PRECISION.candidate).threshold,
      alert: alert.threshold,
      urgent: lowest(PRECISION.urgent).threshold,
    },
    score: alert.score,
  }
}

const GRID: readonly number[] = Array.from({ length: 171 }, (_, i) => 0.05 + i * 0.005)

function surely({ alerts, precision }: AlertScore): number {
  if (precision === null) return 0
  return precision - Math.sqrt((precision * (1 - precision)) / alerts)
}
