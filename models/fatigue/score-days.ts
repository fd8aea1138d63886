import { followDay, openAccount } from './account.ts'
import { byAccountAndDay, type CreativeDay } from './day.ts'
import { type FatigueModel, type Forecast, forecast } from './model.ts'

/**
 * A forecast for every row, each from that day of the account and those before it alone.
 *
 * @returns in the order of the rows
 */
export function scoreDays(model: FatigueModel, rows: readonly CreativeDay[]): Forecast[] {
  const forecasts = new Map<CreativeDay, Forecast>()
  for (const days of byAccountAndDay(rows).values()) {
    const account = openAccount()
    for (const day of days) {
      followDay(account, day, model.structure, (row, creative, belief, market) => {
        forecasts.set(row, forecast(model, creative, belief, market))
      })
    }
  }
  return rows.map((row) => forecasts.get(row)!)
}
