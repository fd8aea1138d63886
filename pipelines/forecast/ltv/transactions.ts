import type { RequestOptions, Store } from '../../store/client.ts'
import { eachRow } from '../../store/each-row.ts'
import { KNOWN_MONEY, type ShopAsOf } from './facts.ts'

/** Transactions of a shop in columns, as they are posted to the thread that fits: customers by id, their days in order. */
export type TransactionColumns = {
  readonly ids: readonly string[]
  /** How many of the days and amounts are each customer's. */
  readonly counts: Int32Array<ArrayBuffer>
  readonly days: Int32Array<ArrayBuffer>
  /** Net of the day, in units of the currency; below zero where more went back than was bought. */
  readonly amounts: Float64Array<ArrayBuffer>
}

/**
 * Reads who ordered when for how much, row by row: a large shop would fill the memory of the stages as one answer.
 *
 * @throws StoreError
 */
export async function readTransactions(
  store: Store,
  shop: ShopAsOf,
  request: RequestOptions = {},
): Promise<TransactionColumns> {
  const ids: string[] = []
  const [counts, days, amounts]: [number[], number[], number[]] = [[], [], []]
  await eachRow<[string, number[], number[]]>(
    store,
    `SELECT customer, groupArray(d), groupArray(amount) FROM (
       SELECT customer, toUInt16(day) AS d, toInt64(micros) / 1e6 AS amount FROM (${KNOWN_MONEY}) ORDER BY customer, d)
     GROUP BY customer ORDER BY customer`,
    { ...shop },
    ([id, own_days, own_amounts]) => {
      ids.push(id)
      counts.push(own_days.length)
      for (const day of own_days) days.push(day)
      for (const amount of own_amounts) amounts.push(amount)
    },
    { ...request, format: 'JSONCompactEachRow' },
  )
  return {
    ids,
    counts: Int32Array.from(counts),
    days: Int32Array.from(days),
    amounts: Float64Array.from(amounts),
  }
}
