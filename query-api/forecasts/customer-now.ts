import { afterOrder, type CustomerState, estimate, type Fitted } from '../../models/ltv/stream.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { formatDay } from '../../schemas/zone.ts'

/** A customer's days with what they were worth, as they are known now; [] for nobody. */
export type CustomerDays = readonly { readonly day: number; readonly value: number }[]

/**
 * Reads the orders that count of one customer of a shop, by local day.
 *
 * @throws StoreError
 */
export async function readCustomerDays(
  store: Store,
  shop: { readonly tenant: string; readonly source: string; readonly currency: string; readonly customer: string },
  signal: AbortSignal,
): Promise<CustomerDays> {
  const own = 'tenant = {tenant:String} AND source = {source:String}'
  // An order may have been somebody else's before: all that was said of orders that were ever theirs is looked at.
  const theirs = `SELECT id_hash FROM fact_orders WHERE ${own} AND customer = {customer:String}`
  const newest = `SELECT * FROM fact_orders WHERE ${own} AND id_hash IN (${theirs}) ORDER BY occurred_at DESC, _offset DESC LIMIT 1 BY id_hash`
  const rows = await store.query<[number, number]>(
    `SELECT toUInt16(day) AS d, toFloat64(sum(total_micros)) / 1e6 FROM (${newest})
     WHERE test = 0 AND status != 'voided' AND customer = {customer:String} AND currency = {currency:String}
     GROUP BY d ORDER BY d`,
    shop,
    { signal, format: 'JSONCompactEachRow' },
  )
  return rows.map(([day, value]) => ({ day, value }))
}

/**
 * What the customer is worth as of their last order and the shop's last day, by the parameters of the last fit: what an
 * order changes is seen at once, and not with the next forecast. Means only; quantiles come with the forecast.
 *
 * @param horizons in days
 * @param money writes whole micros
 */
export function customerNow(
  days: CustomerDays,
  fitted: Fitted,
  today: number,
  horizons: readonly number[],
  money: (micros: number) => string,
) {
  let state: CustomerState | null = null
  for (const { day, value } of days) state = afterOrder(state, day, value)
  if (state === null) return null
  const as_of = Math.max(today, state.last_day)
  const { last_day, transactions } = state
  return {
    as_of: formatDay(as_of),
    transactions,
    last_order: formatDay(last_day),
    p_alive: estimate(state, fitted, as_of, 1).p_alive,
    horizons: horizons.map((horizon_days) => {
      const { orders_mean, value_mean } = estimate(state, fitted, as_of, horizon_days)
      return { horizon_days, orders_mean, value_mean: money(Math.round(value_mean * 1e6)) }
    }),
  }
}
