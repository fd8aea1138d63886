import type { FatigueDetails } from '../../pipelines/forecast/fatigue/records.ts'
import { currencyDigits } from '../../schemas/currencies.ts'
import { formatMicros } from '../../schemas/money.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { CreativeDayForecasts } from './read.ts'

/** One creative on one day as the API shows it. Money is decimal text in the currency beside it. */
export function shapeOf(of: CreativeDayForecasts) {
  const { currency, forecasts, scope } = of
  const limited = levelOf(of, 'limited')
  const fatigued = levelOf(of, 'fatigued')
  const { details } = forecasts.find(({ horizon_days, metric }) => metric === 'limited' && horizon_days === 14)!
  const { best_cost_per_result, cost_per_result, days, flags, outlook, reasons } = JSON.parse(details) as FatigueDetails
  const money = (amount: number | null) =>
    amount === null ? null : formatMicros(BigInt(Math.round(amount * 1e6)), currencyDigits(currency))
  const range = (amount: FatigueDetails['outlook']['money']) =>
    amount === null ? null : { mean: money(amount.mean), low: money(amount.low), high: money(amount.high) }
  return {
    platform: scope.slice(0, scope.indexOf('/')),
    account: scope.slice(scope.indexOf('/') + 1),
    creative: of.creative,
    day: formatDay(of.day),
    days_running: days,
    limited,
    fatigued,
    expected_drop_14d: outlook.drop,
    results_lost_14d: outlook.results_lost,
    currency,
    money_at_stake_14d: range(outlook.money),
    money_at_stake_a_day: range(outlook.money_a_day),
    cost_per_result: money(cost_per_result),
    best_cost_per_result: money(best_cost_per_result),
    flags,
    reasons: reasons.map(({ of, text }) => ({ of, text })),
  }
}

/** Chances of one level, as they are shown for each day of a history too. */
export function levelOf({ forecasts }: CreativeDayForecasts, level: 'limited' | 'fatigued') {
  const at = (horizon: number) => {
    const { details, probability } = forecasts.find((f) => f.metric === level && f.horizon_days === horizon)!
    return { probability, details: JSON.parse(details) as FatigueDetails }
  }
  const [week, fortnight] = [at(7), at(14)]
  const chance = ({ details, probability }: typeof week) => ({ probability, low: details.low, high: details.high })
  const { grade, refresh_by } = fortnight.details
  return { within_7_days: chance(week), within_14_days: chance(fortnight), grade, refresh_by }
}
