import { type CreativeDay, type CreativeFate, idOf } from '../../models/fatigue/day.ts'
import { type Alerted, firstAlerts, isScored, type Shock, scoreFirstAlerts } from '../../models/fatigue/first-alerts.ts'
import type { FatigueModel } from '../../models/fatigue/model.ts'
import { scoreDays } from '../../models/fatigue/score-days.ts'
import { scoreChances } from './score-chances.ts'

export type Fatigue = {
  readonly days: readonly CreativeDay[]
  readonly fates: readonly CreativeFate[]
  readonly shocks: readonly Shock[]
}

/** Scored days of one account, and its creatives with their first alerts. Accounts are what a bootstrap draws. */
export type Scored = {
  readonly chances: number[]
  /** 1 where an onset lies 1 to 14 days ahead. */
  readonly outcomes: number[]
  alerted: readonly Alerted[]
}

const HORIZON_DAYS = 14

/** Forecasts for every day of the accounts, against what became of their creatives. */
export function scoreAccounts(model: FatigueModel, { days, fates }: Fatigue): Scored[] {
  const fate_of = new Map(fates.map((fate) => [idOf(fate), fate]))
  const rows = days.toSorted((a, b) => a.age - b.age)
  const forecasts = scoreDays(model, rows)
  const accounts = new Map<string, Scored>()
  const alert_days = { ids: [] as string[], ages: [] as number[], days: [] as number[], alerts: [] as boolean[] }
  rows.forEach((row, i) => {
    const fate = fate_of.get(idOf(row))
    if (fate === undefined || !isScored(row.age, fate)) return
    const forecast = forecasts[i]!
    if (forecast.kind === 'insufficient') throw new Error(`no forecast for creative ${row.creative} on day ${row.day}`)
    const account = accounts.get(row.account) ?? { chances: [], outcomes: [], alerted: [] }
    accounts.set(row.account, account)
    const ahead = fate.onset_age_2x === null ? Number.POSITIVE_INFINITY : fate.onset_age_2x - row.age
    account.chances.push(forecast.p14)
    account.outcomes.push(ahead <= HORIZON_DAYS ? 1 : 0)
    alert_days.ids.push(idOf(row))
    alert_days.ages.push(row.age)
    alert_days.days.push(row.day)
    alert_days.alerts.push(forecast.alert)
  })
  const { ages, alerts, ids } = alert_days
  const alerted = firstAlerts(fates, ids, ages, alert_days.days, (row) => alerts[row]!)
  for (const [name, of_account] of Map.groupBy(alerted, ({ fate }) => fate.account)) {
    const account = accounts.get(name)
    if (account !== undefined) account.alerted = of_account
  }
  return [...accounts.values()]
}

/** The figures of the goals, over some accounts. */
export function accuracyOf(accounts: readonly Scored[], shocks: readonly Shock[]) {
  const chances = accounts.flatMap((account) => account.chances)
  const outcomes = accounts.flatMap((account) => account.outcomes)
  const { alerts, in_shocks, median_lead_days, on_time, precision, recall } = scoreFirstAlerts(
    accounts.flatMap(({ alerted }) => alerted),
    shocks,
  )
  return { ...scoreChances(chances, outcomes), precision, recall, on_time, median_lead_days, in_shocks, alerts }
}
