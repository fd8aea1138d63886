import { idOf, LEVELS, type Level, onsetOf } from '../../models/fatigue/day.ts'
import { isScored } from '../../models/fatigue/first-alerts.ts'
import { type FatigueModel, HORIZONS } from '../../models/fatigue/model.ts'
import { scoreDays } from '../../models/fatigue/score-days.ts'
import type { Fatigue } from './accuracy.ts'
import { scoreChances } from './score-chances.ts'

/** What was promised for one account at one level and horizon, and what came. */
type Account = { promised: number; low: number; high: number; came: number; days: number }

/**
 * The shipped model as an installation has it: accounts it never saw, day by day, without `reach_cum`, which the engine
 * never has. For each level and horizon skill against always saying the training's base rate, calibration error, and the
 * share of accounts in which as many days were followed by an onset as the 80 % intervals of their chances allow.
 */
export function replayed(model: FatigueModel, { days, fates }: Fatigue) {
  const rows = days.map((day) => ({ ...day, reach_cum: null }))
  const forecasts = scoreDays(model, rows)
  const fate_of = new Map(fates.map((fate) => [idOf(fate), fate]))
  const table: Record<string, Record<string, number | null>> = {}
  for (const level of LEVELS) {
    for (const [h, horizon] of HORIZONS.entries()) {
      const chances: number[] = []
      const outcomes: number[] = []
      const accounts = new Map<string, Account>()
      rows.forEach((row, i) => {
        const forecast = forecasts[i]!
        const fate = fate_of.get(idOf(row))
        if (fate === undefined || forecast.kind === 'insufficient' || !isScored(row.age, fate, level)) return
        const { high, low, p } = forecast.levels[level][h === 0 ? 'p7' : 'p14']
        const onset = onsetOf(fate, level)
        const came = onset !== null && onset - row.age <= horizon ? 1 : 0
        chances.push(p)
        outcomes.push(came)
        const account = accounts.get(row.account) ?? { promised: 0, low: 0, high: 0, came: 0, days: 0 }
        accounts.set(row.account, account)
        account.promised += p
        account.low += low
        account.high += high
        account.came += came
        account.days++
      })
      table[`${level}_${horizon}`] = {
        ...scoresOf(model, level, h, chances, outcomes),
        ...heldOf([...accounts.values()]),
      }
    }
  }
  return table
}

function scoresOf(
  model: FatigueModel,
  level: Level,
  h: number,
  chances: readonly number[],
  outcomes: readonly number[],
) {
  const base = model.levels[level].record.base_rate[h]!
  let own = 0
  let naive = 0
  chances.forEach((chance, i) => {
    own += (chance - outcomes[i]!) ** 2
    naive += (base - outcomes[i]!) ** 2
  })
  const { auc, ece } = scoreChances(chances, outcomes)
  return { days: chances.length, auc, ece, skill: naive > 0 ? 1 - own / naive : null }
}

function heldOf(accounts: readonly Account[]) {
  const held = accounts.filter(({ came, high, low }) => low <= came && came <= high)
  return { accounts: accounts.length, accounts_held: accounts.length === 0 ? null : held.length / accounts.length }
}
