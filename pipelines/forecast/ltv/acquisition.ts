import type { RequestOptions, Store } from '../../store/client.ts'
import { eachRow } from '../../store/each-row.ts'
import { KNOWN_ORDERS, type ShopAsOf } from './facts.ts'

/** What brought a customer: a platform or tagged source, and its campaign. */
export type Acquired = { readonly channel: string; readonly campaign: string }

/** Nothing but themselves, as far as is known. */
export const DIRECT: Acquired = { channel: 'direct', campaign: '' }

/**
 * The channel and campaign of each customer's first order: those of the last touch within 30 days before it that was
 * advertising, by the customer or by a visitor who turned out to be them; else those that the shop itself wrote on the
 * order. Customers of neither are not in the answer: they came {@link DIRECT}.
 *
 * @throws StoreError
 */
export async function readAcquisition(
  store: Store,
  shop: ShopAsOf,
  request?: RequestOptions,
): Promise<Map<string, Acquired>> {
  const tenant = 'tenant = {tenant:String}'
  const known = "occurred_at <= fromUnixTimestamp64Milli({known_ms:Int64}, 'UTC')"
  const firsts = `SELECT customer, min(ordered_at) AS first_at, argMin((platform, campaign), (ordered_at, id_hash)) AS path
    FROM (${KNOWN_ORDERS}) GROUP BY customer`
  const seen = (table: string) =>
    `SELECT visitor, customer, occurred_at FROM ${table} WHERE ${tenant} AND ${known} AND visitor != '' AND customer != ''`
  const visitors = `SELECT visitor, argMin(customer, (occurred_at, customer)) AS person
    FROM (${seen('fact_touches')} UNION ALL ${seen('fact_web_events')}) GROUP BY visitor`
  const touches = `SELECT if(touch.customer != '', touch.customer, seen.person) AS who, occurred_at, id,
      multiIf(platform != '', toString(platform), utm_medium != '', utm_source || ' / ' || utm_medium, toString(utm_source)) AS channel,
      if(campaign != '', toString(campaign), toString(utm_campaign)) AS campaign
    FROM (SELECT * FROM fact_touches WHERE ${tenant} AND ${known} AND (platform != '' OR utm_source != '')) AS touch
    LEFT JOIN (${visitors}) AS seen ON seen.visitor = touch.visitor`
  const touched = `SELECT customer, argMax((channel, campaign), (occurred_at, id)) AS path
    FROM (${firsts}) AS first INNER JOIN (${touches}) AS touch ON touch.who = first.customer
    WHERE occurred_at <= first_at AND occurred_at > first_at - INTERVAL 30 DAY GROUP BY customer`
  // A few names for many customers: one object each.
  const named = new Map<string, Acquired>()
  const found = new Map<string, Acquired>()
  await eachRow<[string, string, string]>(
    store,
    `SELECT first.customer, if(touched.customer IS NULL, toString(first.path.1), touched.path.1) AS channel,
       if(touched.customer IS NULL, toString(first.path.2), touched.path.2) AS campaign
     FROM (${firsts}) AS first LEFT JOIN (${touched}) AS touched ON touched.customer = first.customer
     WHERE channel != ''`,
    { ...shop },
    ([customer, channel, campaign]) => {
      const key = `${channel}\0${campaign}`
      const acquired = named.get(key) ?? { channel, campaign }
      named.set(key, acquired)
      found.set(customer, acquired)
    },
    { ...request, format: 'JSONCompactEachRow' },
  )
  return found
}
