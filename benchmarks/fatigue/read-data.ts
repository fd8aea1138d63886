import { join } from 'node:path'
import { readCreativeDays, readCreativeFates } from '../../bin/forecast/read-creatives.ts'
import { readTable } from '../../bin/forecast/read-table.ts'
import type { Fatigue } from './accuracy.ts'

/**
 * One of the simulated sets, or the first accounts of it.
 *
 * @param days_most rows that are read; the account in which they end is left out
 */
export async function readFatigue(folder: string, name: string, days_most: number): Promise<Fatigue> {
  const all = await readCreativeDays(join(folder, `${name}_daily.csv.gz`))
  const cut = all[days_most]?.account
  const days = all.slice(0, days_most).filter(({ account }) => account !== cut)
  const accounts = new Set(days.map(({ account }) => account))
  const fates = await readCreativeFates(join(folder, `${name}_truth.csv.gz`))
  const columns = ['account', 'first_day', 'last_day'] as const
  const shocks = await readTable(join(folder, `${name}_shocks.csv.gz`), columns, columns)
  return {
    days,
    fates: fates.filter(({ account }) => accounts.has(account)),
    shocks: shocks.map(({ cells }) => ({
      account: cells.account!,
      first_day: Number(cells.first_day),
      last_day: Number(cells.last_day),
    })),
  }
}
