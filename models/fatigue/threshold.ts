import type { CreativeFate } from './day.ts'
import { type AlertScore, firstAlerts, scoreFirstAlerts } from './first-alerts.ts'
import type { Observations } from './observations.ts'

/** Probabilities of onset within 14 days from which on a creative is a candidate, is alerted, is urgent. */
export type Thresholds = { readonly candidate: number; readonly alert: number; readonly urgent: number }

/** Share of first alerts that an onset must follow within 21 days. */
const PRECISION = { candidate: 0.45, alert: 0.6, urgent: 0.85 } as const

/**
 * Thresholds chosen on the training accounts, on forecasts of models that had not seen those accounts. Candidates and
 * urgent ones: the lowest at which first alerts were right as often as promised. Alerts: of those that keep the promise,
 * the one that warned of most onsets in time, 7 to 21 days before; a lower one warns too early, which helps nobody.
 * "As often" is meant with a standard error to spare, since other accounts are as likely to be worse as better.
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
  const kept = tried.filter(({ score }) => surely(score) >= PRECISION.alert)
  const in_time = ({ score }: (typeof tried)[number]) => score.on_time ?? 0
  const alert = kept.reduce((a, b) => (in_time(b) > in_time(a) ? b : a), kept[0] ?? tried.at(-1)!)
  return {
    thresholds: {
      candidate: Math.min(alert.threshold, lowest(PRECISION.candidate).threshold),
      alert: alert.threshold,
      urgent: Math.max(alert.threshold, lowest(PRECISION.urgent).threshold),
    },
    score: alert.score,
  }
}

const GRID: readonly number[] = Array.from({ length: 171 }, (_, i) => 0.05 + i * 0.005)

function surely({ alerts, precision }: AlertScore): number {
  if (precision === null) return 0
  return precision - Math.sqrt((precision * (1 - precision)) / alerts)
}
