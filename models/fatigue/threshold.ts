import type { CreativeFate, Level } from './day.ts'
import { type AlertScore, firstAlerts, scoreFirstAlerts } from './first-alerts.ts'
import type { Observations } from './observations.ts'

/** Probabilities of onset within 14 days from which on a creative is a candidate, is alerted, is urgent. */
export type Thresholds = { readonly candidate: number; readonly alert: number; readonly urgent: number }

/** Share of first alerts that an onset must follow within 21 days. */
const PRECISION = { candidate: 0.45, alert: 0.6, urgent: 0.85 } as const

/**
 * Thresholds chosen on the training accounts, on forecasts of models that had not seen those accounts. Candidates and
 * urgent ones: the lowest at which first alerts were right as often as promised. Alerts: of those that keep the promise,
 * the one whose warnings come closest to twelve days ahead, the middle of the time in which a new creative can be made
 * and the old one still pays; of equals the one that warns of most onsets in time.
 * "As often" is meant with a standard error to spare, since other accounts are as likely to be worse as better.
 *
 * @param chances of onset within 14 days, one for each observation
 */
export function chooseThresholds(
  seen: Observations,
  fates: readonly CreativeFate[],
  chances: ArrayLike<number>,
  level: Level,
): { thresholds: Thresholds; score: AlertScore } {
  const tried = GRID.map((threshold) => {
    const first = firstAlerts(fates, seen.ids, seen.ages, seen.days, (row) => chances[row]! >= threshold)
    return { threshold, score: scoreFirstAlerts(first, [], level) }
  })
  const lowest = (precision: number) => tried.find(({ score }) => surely(score) >= precision) ?? tried.at(-1)!
  const kept = tried.filter(({ score }) => surely(score) >= PRECISION.alert)
  const better = (a: AlertScore, b: AlertScore) => offLead(a) - offLead(b) || (b.on_time ?? 0) - (a.on_time ?? 0)
  const alert = kept.toSorted((a, b) => better(a.score, b.score))[0] ?? tried.at(-1)!
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

const LEAD_DAYS = 12

function offLead({ median_lead_days }: AlertScore): number {
  return median_lead_days === null ? Number.POSITIVE_INFINITY : Math.abs(median_lead_days - LEAD_DAYS)
}

function surely({ alerts, precision }: AlertScore): number {
  if (precision === null) return 0
  return precision - Math.sqrt((precision * (1 - precision)) / alerts)
}
