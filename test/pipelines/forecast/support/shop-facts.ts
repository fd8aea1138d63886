import { drawExponential, drawGamma } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'
import type { Store } from '../../../../pipelines/store/client.ts'

/** One observation of an order, as the main pipeline would have written it. Days since 1970, money in whole units. */
export type OrderFact = {
  readonly id: string
  readonly customer: string
  readonly day: number
  readonly total: number
  /** Of the day, in ms: noon where absent. */
  readonly at_ms?: number
  readonly status?: string
  readonly platform?: string
  readonly campaign?: string
}
export type RefundFact = {
  readonly id: string
  readonly order: string
  readonly day: number
  readonly amount: number
  readonly customer?: string
}

export const DAY_MS = 86_400_000
const NOON = DAY_MS / 2

/** Writes facts of a shop in the order given: their place on the log is their place in the list. */
export async function insertOrders(
  store: Store,
  tenant: string,
  source: string,
  orders: readonly OrderFact[],
  offset = 0,
) {
  const columns = ['id', 'customer', 'status', 'platform', 'campaign'] as const
  const rows = orders.map((order) => ({ status: 'paid', platform: '', campaign: '', ...order }))
  const at = orders.map(({ at_ms, day }) => day * DAY_MS + (at_ms ?? NOON))
  await store.command(
    `INSERT INTO fact_orders (tenant, source, id, id_hash, occurred_at, received_at, ordered_at, day, currency, total_micros,
       status, customer, platform, campaign, _offset)
     SELECT {tenant:String}, {source:String}, r.1 AS id, toFixedString(unhex(substring(hex(MD5(id)), 1, 32)), 16),
       fromUnixTimestamp64Milli(r.6, 'UTC') AS at, at, at, toDate(r.7), 'EUR', r.8 * 1000000, r.3, r.2, r.4, r.5,
       {offset:Int64} + r.9
     FROM (SELECT arrayJoin(arrayZip({${columns.join(':Array(String)}, {')}:Array(String)}, {at:Array(Int64)}, {day:Array(UInt16)},
       {total:Array(Int64)}, range(length({id:Array(String)})))) AS r)`,
    {
      ...Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])])),
      ...{ tenant, source, offset, at, day: rows.map(({ day }) => day), total: rows.map(({ total }) => total) },
    },
  )
}

export async function insertRefunds(store: Store, tenant: string, source: string, refunds: readonly RefundFact[]) {
  for (const { amount, customer = '', day, id, order } of refunds) {
    await store.command(
      `INSERT INTO fact_refunds (tenant, source, id, id_hash, occurred_at, refunded_at, day, \`order\`, currency, amount_micros, kind, success, customer)
       SELECT {tenant:String}, {source:String}, {id:String}, MD5({id:String}), fromUnixTimestamp64Milli({at:Int64}, 'UTC') AS at, at,
         toDate({day:UInt16}), {order:String}, 'EUR', {amount:Int64} * 1000000, 'refund', 1, {customer:String}`,
      { tenant, source, id, order, day, amount, customer, at: day * DAY_MS + NOON },
    )
  }
}

/** Says that a source has been read up to an instant. */
export async function insertWatermark(store: Store, tenant: string, source: string, at_ms: number, events = 1) {
  await store.command(
    `INSERT INTO watermarks (pipeline, tenant, source, _topic, _partition, occurred_ms, events, version)
     VALUES ('facts', {tenant:String}, {source:String}, 'omnify.events', 0, {at:Int64}, {events:Int64}, {at:UInt64})`,
    { tenant, source, at: at_ms, events },
  )
}

/** Orders of customers who come at random and buy at rates of their own, from a seed. */
export function drawOrders(seed: number, customers: number, first_day: number, days: number): OrderFact[] {
  const random = seeded(seed)
  const orders: OrderFact[] = []
  for (let c = 0; c < customers; c++) {
    const rate = drawGamma(random, 1) / 20
    const worth = 20 + Math.floor(60 * random())
    let day = Math.floor(random() * days)
    do {
      const id = `o${orders.length}`
      orders.push({ id, customer: `c${c}`, day: first_day + day, total: worth + Math.floor(10 * random()) })
      day += Math.ceil(drawExponential(random) / rate)
    } while (day < days && random() < 0.8)
  }
  return orders
}
