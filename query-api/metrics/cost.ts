import { FACT_TABLES } from '../../schemas/tables.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import type { Scope } from './group.ts'
import type { Plan } from './plan.ts'
import type { Range } from './times.ts'
import { COARSEST } from './windows-source.ts'

/** Rows that one question may read before it has to be asked as a job, and as a job at most. */
export const ROWS_MAX = 20_000_000
export const JOB_ROWS_MAX = 200_000_000

/** Tables that metrics are read from. */
export const COSTED_TABLES: readonly string[] = [
  ...WINDOW_SETS.filter(({ grain }) => typeof grain === 'string').map(({ name }) => name),
  ...FACT_TABLES.map(({ name }) => name).filter((name) =>
    /^fact_(delivery|orders|refunds|order_lines|refund_lines)$/.test(name),
  ),
]

/** One reading of a table: days of a range, or all that there is of a tenant. */
export type Reading = { readonly table: string; readonly range: Range }

/**
 * Pure: what the statements of a question read. Windows are ordered by tenant and day. Facts are read twice: the days of
 * the range for the ids in them, and everything of the tenant for the newest observations of those ids, which may lie on
 * other days.
 */
export function readingsOf(plan: Plan, scopes: readonly Scope[]): Reading[] {
  return scopes.flatMap(({ range, time_zone }) => {
    const wide = time_zone === undefined ? range : widened(range)
    const current = (table: string, within: Range = wide): Reading[] =>
      within.from === undefined && within.to === undefined
        ? [{ table, range: EVERYTHING }]
        : [
            { table, range: EVERYTHING },
            { table, range: within },
          ]
    const readings: Reading[] = []
    if (plan.sums.length > 0 && plan.source === 'windows') {
      readings.push({ table: plan.window_set.name, range: wide })
      if (plan.window_set !== COARSEST) readings.push({ table: COARSEST.name, range: wide })
    }
    if (plan.sums.length > 0 && plan.source === 'facts') {
      if (plan.reads_delivery) readings.push(...current('fact_delivery'))
      if (plan.reads_commerce) readings.push(...current('fact_orders'), ...current('fact_refunds'))
      if (plan.product)
        for (const table of ['fact_order_lines', 'fact_refund_lines']) readings.push({ table, range: EVERYTHING })
    }
    if (plan.non_additive.length > 0) readings.push(...current('fact_delivery'))
    if (plan.customers) readings.push(...current('fact_orders'))
    if (plan.new_customers) readings.push(...current('fact_orders', EVERYTHING))
    return readings
  })
}

/** Table → day since 1970 → rows. */
export type RowCounts = ReadonlyMap<string, ReadonlyMap<number, number>>

/** Pure: rows that readings touch. */
export function rowsOf(readings: readonly Reading[], counts: RowCounts): number {
  return readings.reduce((sum, { range, table }) => sum + rowsWithin(counts.get(table), range), 0)
}

function rowsWithin(days: ReadonlyMap<number, number> | undefined, { from, to }: Range): number {
  let rows = 0
  for (const [day, count] of days ?? []) {
    if ((from === undefined || day >= from) && (to === undefined || day < to)) rows += count
  }
  return rows
}

function widened({ from, to }: Range): Range {
  return { from: from === undefined ? undefined : from - 2, to: to === undefined ? undefined : to + 2 }
}

const EVERYTHING: Range = { from: undefined, to: undefined }
