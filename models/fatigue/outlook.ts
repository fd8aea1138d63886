import type { Belief } from './belief.ts'
import type { Creative } from './creative.ts'
import { lastWeek } from './evidence.ts'

/** What wear will cost if nothing is done and the money of the last seven days goes on being spent. */
export type Outlook = {
  /** Share of today's results per unit of money that is gone in 14 days, 0 to 1. */
  readonly drop: number
  /** Results of the next 14 days that today's cost per result would still have bought; null without results. */
  readonly results_lost: number | null
  /** Money of the next 14 days, and of one day now, that buys nothing which it bought at the creative's best. */
  readonly money: Amount | null
  readonly money_a_day: Amount | null
}

/** Mean, and the range in which it lies in 80 % of cases as far as wear is uncertain. In the account's currency. */
export type Amount = { readonly mean: number; readonly low: number; readonly high: number }

/** Money comes in the account's currency, wear as a log: cost per result is exp(wear) times its best. */
export function outlookOf({ evidence }: Creative, { wear, wear_deviation, wear_per_day }: Belief): Outlook {
  const week = lastWeek(evidence)
  const days = Math.min(7, evidence.days.length)
  const pace = Math.max(0, wear_per_day)
  const spend = week.spend / days
  const results = week.spend > 0 && week.conversions > 0 ? week.conversions / days : null
  const wasted = (from: number) => (day: number) => spend * -Math.expm1(-Math.max(0, from + pace * day))
  const amount = (of: (from: number) => number): Amount | null =>
    week.spend > 0
      ? {
          mean: of(wear),
          low: of(wear - NORMAL_90 * wear_deviation),
          high: of(wear + NORMAL_90 * wear_deviation),
        }
      : null
  return {
    drop: -Math.expm1(-pace * DAYS),
    results_lost: results === null ? null : results * sumOver((day) => -Math.expm1(-pace * day)),
    money: amount((from) => sumOver(wasted(from))),
    money_a_day: amount((from) => wasted(from)(0)),
  }
}

const DAYS = 14
/** 90 % quantile of the normal distribution. */
const NORMAL_90 = 1.2815515655446004

function sumOver(of: (day: number) => number): number {
  let sum = 0
  for (let day = 1; day <= DAYS; day++) sum += of(day)
  return sum
}
