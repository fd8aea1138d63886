import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { Sums } from './core/closed-bucket.ts'
import { COMMERCE, keyOfPath } from './core/scope.ts'

/** What one campaign, or what is sold through it, has in one bucket, as the windows know it now. */
export type Row = {
  readonly start_ms: number
  readonly platform: string
  readonly account: string
  readonly campaign: string
  readonly slice: string
  readonly currency: string
  readonly rows: number
  readonly impressions: number
  readonly clicks: number
  readonly spend: number
  readonly conversions: number
  readonly claimed: number
  readonly orders: number
  readonly gross: number
}

/**
 * The hours from one instant to another, by campaign; of several slices of the same delivery the finest level with the
 * fewest breakdowns. Money is in whole units: what is judged by it is never that exact.
 */
export async function readHours(store: Store, tenant: string, from_ms: number, to_ms: number): Promise<Row[]> {
  const rows = await store.query<(string | number)[]>(
    `SELECT toUnixTimestamp(start), platform, account, campaign, slice, any(currency), sum(n), sum(impressions), sum(clicks),
       sum(spend_micros) / 1e6, sum(conversions_micros) / 1e6, sum(claimed_micros) / 1e6, sum(orders), sum(gross_micros) / 1e6
     FROM windows_hour FINAL
     WHERE tenant = {tenant:String} AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})
       AND start >= fromUnixTimestamp({from:UInt32}) AND start < fromUnixTimestamp({to:UInt32})
     GROUP BY start, platform, account, campaign, slice ORDER BY start, platform, account, campaign, slice`,
    {
      tenant,
      // A local day is at most a day away from the UTC day of its hours.
      first: Math.max(0, Math.floor(from_ms / DAY_MS) - 1),
      last: Math.floor(to_ms / DAY_MS) + 1,
      from: from_ms / 1000,
      to: to_ms / 1000,
    },
    { format: 'JSONCompactEachRow' },
  )
  return oneSlice(rows.map(rowOf))
}

/**
 * Sums by scope of one group in one hour: the platform, its accounts, its campaigns.
 *
 * @param byAccount whether the platform has several accounts: that of one alone is the platform's
 */
export function sumsOf(rows: readonly Row[], group: string, byAccount: boolean): Map<string, Sums> {
  const sums = new Map<string, Counts>()
  for (const row of rows) {
    const { account, campaign, platform } = row
    if (group === COMMERCE) {
      add(sums, keyOfPath([]), row)
      if (platform !== '') add(sums, keyOfPath([platform]), row)
      continue
    }
    add(sums, keyOfPath([platform]), row)
    if (byAccount && account !== '') add(sums, keyOfPath([platform, account]), row)
    if (campaign !== '') add(sums, keyOfPath([platform, account, campaign]), row)
  }
  for (const [scope, counts] of sums) sums.set(scope, whole(counts))
  return sums
}

type Counts = Record<'impressions' | 'clicks' | 'spend' | 'conversions' | 'reports' | 'orders', number>

function add(sums: Map<string, Counts>, scope: string, row: Row): void {
  const into = sums.get(scope)
  if (into === undefined) {
    const { clicks, conversions, impressions, orders, rows, spend } = row
    sums.set(scope, { impressions, clicks, spend, conversions, reports: rows, orders })
    return
  }
  into.impressions += row.impressions
  into.clicks += row.clicks
  into.spend += row.spend
  into.conversions += row.conversions
  into.reports += row.rows
  into.orders += row.orders
}

function whole({ clicks, conversions, impressions, orders, reports, spend }: Counts): Counts {
  return {
    impressions: Math.max(0, Math.round(impressions)),
    clicks: Math.max(0, Math.round(clicks)),
    spend: Math.max(0, Math.round(spend)),
    conversions: Math.max(0, Math.round(conversions)),
    reports: Math.max(0, Math.round(reports)),
    orders: Math.max(0, Math.round(orders)),
  }
}

export function groupOfRow({ platform, slice }: Row): string {
  return slice === COMMERCE_SLICE ? COMMERCE : platform
}

function rowOf(row: (string | number)[]): Row {
  const [start, platform, account, campaign, slice, currency, ...sums] = row
  const [rows, impressions, clicks, spend, conversions, claimed, orders, gross] = sums.map(Number)
  return {
    start_ms: Number(start) * 1000,
    platform: String(platform),
    account: String(account),
    campaign: String(campaign),
    slice: String(slice),
    currency: String(currency),
    rows: rows!,
    impressions: impressions!,
    clicks: clicks!,
    spend: spend!,
    conversions: conversions!,
    claimed: claimed!,
    orders: orders!,
    gross: gross!,
  }
}

/** Two slices are the same delivery told twice. */
export function oneSlice<T extends Pick<Row, 'start_ms' | 'platform' | 'account' | 'slice'>>(rows: readonly T[]): T[] {
  const best = new Map<string, string>()
  for (const row of rows) {
    const key = placeOf(row)
    const known = best.get(key)
    if (known === undefined || sliceRank(row.slice) < sliceRank(known)) best.set(key, row.slice)
  }
  return rows.filter((row) => best.get(placeOf(row)) === row.slice)
}

function placeOf({
  account,
  platform,
  slice,
  start_ms,
}: Pick<Row, 'start_ms' | 'platform' | 'account' | 'slice'>): string {
  return slice === COMMERCE_SLICE ? `${start_ms} shop` : `${start_ms} ${platform} ${account}`
}

/** The finest level first, there the fewest breakdowns. */
export function sliceRank(slice: string): number {
  const [level, by] = slice.split('|') as [string, string | undefined]
  const at = LEVELS.indexOf(level)
  return 10 * (at === -1 ? LEVELS.length : at) + (by ?? '').split(',').length
}

const LEVELS = ['ad', 'ad_group', 'asset_group', 'campaign', 'account']

/** Hours are read in stretches of so many days: a year at once would be half a million rows. */
export const STRETCH_MS = 240 * HOUR_MS

/** The first hour that a tenant has anything in; 0 where there is nothing. */
export async function readFirst(store: Store, tenant: string): Promise<number> {
  const [row] = await store.query<[number]>(
    'SELECT toUnixTimestamp(min(start)) FROM windows_hour WHERE tenant = {tenant:String}',
    { tenant },
    { format: 'JSONCompactEachRow' },
  )
  return Number(row?.[0] ?? 0) * 1000
}
