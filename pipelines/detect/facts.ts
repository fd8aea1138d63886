import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { Incident } from './core/incident.ts'
import { scopeOfKey } from './core/scope.ts'
import type { KnownFacts } from './core/situation.ts'
import { readSpentBudget } from './spent-budget.ts'

/** What the change log, the catalogue and the calendar say of the time at which an incident began. */
export async function readFacts(
  store: Store,
  tenant: string,
  incident: Incident,
  zone: string | undefined,
): Promise<KnownFacts> {
  const { campaign = '', platform = '' } = scopeOfKey(incident.scope)
  const beginning = { onset_ms: incident.onset_ms, platform, campaign }
  const falls = zone !== undefined && incident.direction === 'down'
  const [facts, budget] = await Promise.all([
    readFactsOf(store, tenant, beginning),
    falls ? readSpentBudget(store, tenant, beginning, zone) : {},
  ])
  return { ...facts, ...budget }
}

/** When something began, and where: '' is everywhere. */
export type Beginning = { readonly onset_ms: number; readonly platform: string; readonly campaign: string }

export async function readFactsOf(store: Store, tenant: string, beginning: Beginning): Promise<KnownFacts> {
  const [changed, products, holiday] = await Promise.all([
    readChanges(store, tenant, beginning),
    readProducts(store, tenant, beginning),
    readHoliday(store, tenant, beginning),
  ])
  return { ...changed, ...products, holiday }
}

/**
 * Whether a holiday may have begun when the incident did: in the first hours of its day, or when it was announced. On a
 * holiday that was like any other day until the evening, what begins then is something else.
 */
async function readHoliday(store: Store, tenant: string, { onset_ms }: Beginning): Promise<boolean> {
  const rows = await store.query<[number, string]>(
    `SELECT toUInt32(day), toString(toUnixTimestamp64Milli(min(occurred_at))) FROM fact_holidays
     WHERE tenant = {tenant:String} AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16}) GROUP BY day`,
    { tenant, first: Math.max(0, Math.floor(onset_ms / DAY_MS) - 1), last: Math.floor(onset_ms / DAY_MS) + 1 },
    { format: 'JSONCompactEachRow' },
  )
  return rows.some(([day, announced]) => {
    const into_ms = onset_ms - day * DAY_MS
    const declared = Number(announced) >= onset_ms - BEFORE_MS && Number(announced) <= onset_ms + AFTER_MS
    return declared ? into_ms >= -AFTER_MS && into_ms < DAY_MS : Math.abs(into_ms) < MORNING_MS
  })
}

/** A budget that was lowered is no exhausted one, so only bids, targets and strategies count here. */
async function readChanges(
  store: Store,
  tenant: string,
  { campaign, onset_ms, platform }: Beginning,
): Promise<KnownFacts> {
  const [row] = await store.query<[string, string]>(
    `SELECT countIf(occurred_at BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
         AND match(lower(field), 'bid|target|strategy') AND ({platform:String} = '' OR platform = {platform:String})
         AND ({campaign:String} = '' OR campaign IN ('', {campaign:String}))), count()
     FROM fact_changes WHERE tenant = {tenant:String} AND day >= toDate({since:UInt16})`,
    {
      tenant,
      campaign,
      platform,
      from: onset_ms - BEFORE_MS,
      to: onset_ms + AFTER_MS,
      since: Math.max(0, Math.floor(onset_ms / DAY_MS) - LOG_DAYS),
    },
    { format: 'JSONCompactEachRow' },
  )
  const [bids, all] = row!.map(Number) as [number, number]
  // Who sends no change log has not said that nothing was changed.
  return all === 0 ? {} : { bid_changed: bids > 0 }
}

async function readProducts(store: Store, tenant: string, { onset_ms }: Beginning): Promise<KnownFacts> {
  const rows = await store.query<[string, string, number | null, number | null, number]>(
    `SELECT product, ifNull(toString(price_micros), ''), available, ifNull(toFloat64(stock), NULL),
       toUnixTimestamp64Milli(occurred_at) >= {from:Int64}
     FROM fact_products WHERE tenant = {tenant:String}
       AND occurred_at BETWEEN fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
     ORDER BY product, occurred_at, _offset LIMIT 50000`,
    { tenant, since: onset_ms - 3 * DAY_MS, from: onset_ms - BEFORE_MS, to: onset_ms + AFTER_MS },
    { format: 'JSONCompactEachRow' },
  )
  if (rows.length === 0) return {}
  let [price_changed, out_of_stock] = [false, false]
  const prices = new Map<string, string>()
  for (const [product, price, available, stock, now] of rows) {
    const before = prices.get(product)
    if (Number(now) === 1) {
      if (available === 0 || (stock !== null && Number(stock) <= 0)) out_of_stock = true
      if (before !== undefined && price !== '' && price !== before) price_changed = true
    } else if (price !== '') prices.set(product, price)
  }
  return { price_changed, out_of_stock }
}

/** The onset is known to an hour or two, and logs are written when somebody gets to it. */
const BEFORE_MS = 3 * HOUR_MS
const AFTER_MS = 2 * HOUR_MS
/** Days begin at midnight, and people somewhat later; zones are up to half a day apart. */
const MORNING_MS = 12 * HOUR_MS
const LOG_DAYS = 60
