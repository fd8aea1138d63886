import { FACT_TABLES } from '../../schemas/tables.ts'
import type { Store } from '../store/client.ts'
import type { Observed } from './observations.ts'

/** A fact row: `row` counts the rows of one record over all its tables. */
export type FactPlace = { readonly table: string; readonly row: number; readonly received_at: string }

/** The fact rows of each observation, in one statement over all fact tables. */
export async function factPlaces(
  store: Store,
  topic: string,
  tenant: string,
  observed: readonly Observed[],
): Promise<FactPlace[][]> {
  if (observed.length === 0) return []
  const each = FACT_TABLES.map(
    ({ name }) =>
      `SELECT '${name}' AS table, _partition AS partition, toInt64(_offset) AS offset, _row AS row, received_at
       FROM ${name}
       WHERE tenant = {tenant:String} AND day IN {days:Array(Date)} AND _topic = {topic:String}
         AND _offset IN {offsets:Array(Int64)}`,
  )
  const rows = await store.query<FactPlace & { readonly partition: number; readonly offset: string }>(
    `SELECT * FROM (${each.join(' UNION ALL ')}) ORDER BY row`,
    { tenant, topic, days: [...new Set(observed.map(({ day }) => day))], offsets: observed.map((one) => one.offset) },
  )
  return observed.map(({ partition, offset }) =>
    rows
      .filter((row) => row.partition === partition && Number(row.offset) === offset)
      .map(({ table, row, received_at }) => ({ table, row, received_at })),
  )
}
