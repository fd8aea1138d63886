/**
 * What is read of a shop: orders and refunds as they were known at a cut. Nothing that was observed later is seen, in
 * whatever order it arrived: a forecast that is made again is the same.
 */
export type ShopKey = { readonly tenant: string; readonly source: string; readonly currency: string }

/** @param until last local day of orders; @param known_ms instant by which they must have been observed */
export type ShopAsOf = ShopKey & { readonly until: number; readonly known_ms: number }

const SHOP = 'tenant = {tenant:String} AND source = {source:String}'
const KNOWN = "occurred_at <= fromUnixTimestamp64Milli({known_ms:Int64}, 'UTC')"

/** Of each identity the newest observation that was known, as `query-api` picks them for its measures. */
function newest(table: string, columns: string): string {
  return `SELECT ${columns} FROM ${table} WHERE ${SHOP} AND ${KNOWN} ORDER BY occurred_at DESC, _offset DESC LIMIT 1 BY id_hash`
}

/** Orders that count, each with its customer. Test and voided ones are left out, cancelled ones count with their refunds. */
export const KNOWN_ORDERS = `SELECT * FROM (${newest(
  'fact_orders',
  'id, id_hash, occurred_at, day, customer, total_micros, status, test, currency, ordered_at, platform, campaign',
)}) WHERE test = 0 AND status != 'voided' AND customer != '' AND currency = {currency:String} AND day <= toDate({until:UInt16})`

/** Refunds that count, with the customer of their order where they name none. */
export const KNOWN_REFUNDS = `SELECT if(refund.customer != '', refund.customer, placed.customer) AS who, day, amount_micros, id_hash, occurred_at
  FROM (SELECT * FROM (${newest('fact_refunds', 'id_hash, occurred_at, day, customer, amount_micros, kind, success, test, currency, `order`')})
    WHERE kind = 'refund' AND success = 1 AND test = 0 AND amount_micros IS NOT NULL AND currency = {currency:String}
      AND day <= toDate({until:UInt16})) AS refund
  LEFT JOIN (SELECT id AS order_id, any(customer) AS customer FROM fact_orders WHERE ${SHOP} AND ${KNOWN} GROUP BY id) AS placed
    ON placed.order_id = refund.order
  WHERE who != ''`

/** Of each customer the segment that was said last. */
export const KNOWN_SEGMENTS = `SELECT customer, argMax(toString(segment), (occurred_at, id_hash)) AS named
  FROM (${newest('fact_customers', 'id_hash, occurred_at, customer, kind, segment')})
  WHERE kind = 'customer' GROUP BY customer HAVING named != ''`

/** Net money of each customer by day, in micros: what orders brought, less what went back on that day. */
export const KNOWN_MONEY = `SELECT customer, day, sum(micros) AS micros FROM (
    SELECT customer, day, toInt64(total_micros) AS micros FROM (${KNOWN_ORDERS})
    UNION ALL SELECT assumeNotNull(who) AS customer, day, -assumeNotNull(amount_micros) AS micros FROM (${KNOWN_REFUNDS}))
  GROUP BY customer, day`
