import { formatDay, HOUR_MS, instantOf } from '../../../schemas/zone.ts'
import type { Store } from '../../store/client.ts'

/** An ad account whose creatives are delivered. */
export type AdAccount = {
  readonly tenant: string
  readonly platform: string
  readonly account: string
  readonly zone: string
}

/** What is known of an account's days: which there are, and when its platform was last asked. */
export type Extent = AdAccount & {
  readonly first_day: number
  readonly last_day: number
  readonly observed_ms: number
}

/** One creative on one day of its account, all ads with it together. Null where one of them does not say. */
export type DayRow = {
  readonly platform: string
  readonly account: string
  readonly day: number
  readonly creative: string
  readonly currency: string
  readonly impressions: number
  readonly clicks: number | null
  readonly conversions: number | null
  readonly hook_views: number | null
  /** In major units of the currency. */
  readonly spend: number | null
  /** People reached on that day, where a single report says so: those of several ads cannot be added. */
  readonly reach: number | null
  /** When the newest of the reports was made that went into it, ms since 1970. */
  readonly observed_ms: number
}

/**
 * Until when reports of a day count as what was known of it: at this local time of the next day its forecasts are made.
 * Every day is seen at the same age, so that conversions which come in late are missing from all of them alike.
 */
export const KNOWN_AFTER_MS = 6 * HOUR_MS

/** When a day of an account is over and what is known of it is taken. */
export function knownAt(zone: string, day: number): number {
  return instantOf(zone, day + 1, 0) + KNOWN_AFTER_MS
}

/**
 * Accounts that delivered creatives since a day.
 *
 * @throws StoreError
 */
export async function readExtents(store: Store, tenant: string, since_day: number): Promise<Extent[]> {
  const rows = await store.query<[string, string, string, number, number, string]>(
    `SELECT platform, account, time_zone, toUInt16(min(day)), toUInt16(max(day)),
       toUnixTimestamp64Milli(max(occurred_at))
     FROM fact_delivery WHERE tenant = {tenant:String} AND day >= {since:Date} AND creative != ''
     GROUP BY platform, account, time_zone ORDER BY platform, account, time_zone`,
    { tenant, since: formatDay(since_day) },
    { format: 'JSONCompactEachRow' },
  )
  return rows.map(([platform, account, zone, first_day, last_day, observed_ms]) => ({
    tenant,
    platform,
    account,
    zone,
    first_day,
    last_day,
    observed_ms: Number(observed_ms),
  }))
}

/**
 * Days of the creatives of all accounts of one tenant in one time zone, as they were known at {@link knownAt}: of each
 * report the newest observation made by then, and of reports that nobody had seen by then the oldest one. Days ascending,
 * within a day by account and creative.
 *
 * @throws StoreError
 */
export async function readDays(store: Store, of: DaysAsked): Promise<DayRow[]> {
  return days(store, of, KNOWN_AFTER_MS)
}

/**
 * The same as they are known by now: what a forecast turned out to be is told by the newest reports.
 *
 * @throws StoreError
 */
export async function readFinalDays(store: Store, of: DaysAsked): Promise<DayRow[]> {
  return days(store, of, FOR_EVER_MS)
}

export type DaysAsked = {
  readonly tenant: string
  readonly zone: string
  readonly from: number
  readonly to: number
  /** Of one account alone, where it is given. */
  readonly account?: Pick<AdAccount, 'platform' | 'account'>
}

const FOR_EVER_MS = 1e15

async function days(store: Store, of: DaysAsked, after: number): Promise<DayRow[]> {
  const { account, from, tenant, to, zone } = of
  const place = account === undefined ? '' : 'AND platform = {platform:String} AND account = {account:String}'
  const rows = await store.query<Selected>(
    sqlOf(place),
    { tenant, zone, from: formatDay(from), to: formatDay(to), after, ...account },
    { format: 'JSONCompactEachRow' },
  )
  const best = new Map<string, { rank: number; row: DayRow }>()
  for (const selected of rows) {
    const row = dayRowOf(selected)
    const key = JSON.stringify([row.day, row.platform, row.account, row.creative])
    const rank = rankOf(selected[4])
    const known = best.get(key)
    if (known === undefined || rank < known.rank) best.set(key, { rank, row })
  }
  return [...best.values()].map(({ row }) => row)
}

type Count = string | null
type Selected = readonly [
  day: number,
  platform: string,
  account: string,
  creative: string,
  slice: string,
  currency: string,
  impressions: Count,
  clicks: Count,
  conversions_micros: Count,
  hook_views: Count,
  spend_micros: Count,
  reach: Count,
  observed_ms: string,
]

/** Sums are null as soon as one row does not know: a part is not the whole. */
const SUMS = ['impressions', 'clicks', 'conversions_micros', 'video_views', 'spend_micros']
  .map((name, i) => `if(count(v.${i + 6}) = count(), sum(v.${i + 6}), NULL) AS ${name}`)
  .join(', ')

const FIELDS =
  'platform, account, creative, slice, currency, impressions, clicks, conversions_micros, video_views, spend_micros, reach'

const sqlOf = (place: string) => `
  SELECT toUInt16(day), v.1 AS platform, v.2 AS account, v.3 AS creative, v.4 AS slice, v.5 AS currency, ${SUMS},
    if(count() = 1, any(v.11), NULL) AS reach, max(seen)
  FROM (
    SELECT day, argMax(tuple(${FIELDS}), rank) AS v, argMax(at, rank) AS seen
    FROM (
      SELECT day, id_hash, ${FIELDS}, toUnixTimestamp64Milli(occurred_at) AS at,
        toUnixTimestamp(toDateTime(day + 1, {zone:String})) * 1000 + {after:Int64} AS known_at,
        tuple(at <= known_at, if(at <= known_at, at, -at), _offset) AS rank
      FROM fact_delivery
      WHERE tenant = {tenant:String} AND day BETWEEN {from:Date} AND {to:Date} AND time_zone = {zone:String} ${place}
    )
    GROUP BY day, id_hash
  )
  WHERE creative != ''
  GROUP BY day, platform, account, creative, slice, currency
  ORDER BY day, platform, account, creative, slice, currency`

function dayRowOf(of: Selected): DayRow {
  const [day, platform, account, creative, , currency, ...numbers] = of
  const [impressions, clicks, conversions, hook_views, spend, reach, observed] = numbers
  return {
    platform,
    account,
    day,
    creative,
    currency,
    impressions: Number(impressions ?? 0),
    clicks: numberOf(clicks),
    conversions: numberOf(conversions, 1e6),
    hook_views: numberOf(hook_views),
    spend: numberOf(spend, 1e6),
    reach: numberOf(reach),
    observed_ms: Number(observed),
  }
}

function numberOf(count: Count, unit = 1): number | null {
  return count === null ? null : Number(count) / unit
}

/**
 * The same delivery may be reported by the day and by the hour, for ads and for groups, with and without a breakdown: one
 * report is taken. Whole days first, since they know the reach, then the finest level, then the fewest breakdowns.
 */
function rankOf(slice: string): number {
  const [level = '', by = ''] = slice.split('|')
  const breakdowns = by === '' ? [] : by.split(',')
  const fineness = LEVELS.indexOf(level)
  return (breakdowns.includes('hour') ? 1000 : 0) + (fineness < 0 ? LEVELS.length : fineness) * 10 + breakdowns.length
}

const LEVELS = ['ad', 'asset_group', 'ad_group', 'campaign', 'account']
