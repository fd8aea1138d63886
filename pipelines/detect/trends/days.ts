import { COMMERCE_SLICE } from '../../../schemas/windows.ts'
import { DAY_MS } from '../../../schemas/zone.ts'
import type { Store } from '../../store/client.ts'
import { oneSlice } from '../rows.ts'

/** A campaign's local day, or what was sold through it; money in whole units. */
export type DayRow = {
  /** Start of the label's day, UTC: only an order, not an instant. */
  readonly start_ms: number
  readonly platform: string
  readonly account: string
  readonly campaign: string
  readonly slice: string
  readonly currency: string
  readonly impressions: number
  readonly clicks: number
  readonly spend: number
  readonly conversions: number
  readonly claimed: number
  readonly orders: number
}

/** Days from one to another, the last included, by campaign. */
export async function readDays(store: Store, tenant: string, first: number, last: number): Promise<DayRow[]> {
  const rows = await store.query<(string | number)[]>(
    `SELECT toUInt32(day), platform, account, campaign, slice, any(currency), sum(impressions), sum(clicks),
       sum(spend_micros) / 1e6, sum(conversions_micros) / 1e6, sum(claimed_micros) / 1e6, sum(orders)
     FROM windows_day_campaign FINAL
     WHERE tenant = {tenant:String} AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})
     GROUP BY day, platform, account, campaign, slice ORDER BY day, platform, account, campaign, slice`,
    { tenant, first: Math.max(0, first), last: Math.max(0, last) },
    { format: 'JSONCompactEachRow' },
  )
  const all = rows.map((row): DayRow => {
    const [day, platform, account, campaign, slice, currency, ...sums] = row
    const [impressions, clicks, spend, conversions, claimed, orders] = sums.map(Number)
    return {
      start_ms: Number(day) * DAY_MS,
      platform: String(platform),
      account: String(account),
      campaign: String(campaign),
      slice: String(slice),
      currency: String(currency),
      impressions: impressions!,
      clicks: clicks!,
      spend: spend!,
      conversions: conversions!,
      claimed: claimed!,
      orders: orders!,
    }
  })
  return oneSlice(all)
}

export function isSold({ slice }: DayRow): boolean {
  return slice === COMMERCE_SLICE
}

export type Sum = Exclude<keyof DayRow, 'start_ms' | 'platform' | 'account' | 'campaign' | 'slice' | 'currency'>

export function sumOf(rows: readonly DayRow[], sum: Sum): number {
  return rows.reduce((total, row) => total + row[sum], 0)
}

export function dayOf({ start_ms }: DayRow): number {
  return start_ms / DAY_MS
}
