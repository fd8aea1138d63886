import { z } from 'zod'
import {
  adPath,
  count,
  country,
  currency,
  day,
  device,
  id,
  instant,
  money,
  NAME_LENGTH_MAX,
  personal,
  text,
  zone,
} from '../fields.ts'
import { DAY_MS, formatDay, localDay, parseDay, utcOffsetMin } from '../zone.ts'
import { family, known, type ParseContext } from './family.ts'

/**
 * Orders are the truth that platforms' claims are measured against. The envelope's id is the shop's order id; every
 * edit, cancellation or payment is a newer observation of it. Refunds are events of their own, on their own day.
 */
const line = z.strictObject({
  line: id.nullish().describe('id of the line within the order'),
  product: id.describe('id of the product'),
  variant: id.nullish().describe('id of the variant'),
  title: text(NAME_LENGTH_MAX).nullish().describe('what the shop calls it'),
  quantity: count.describe('pieces, after edits'),
  price: money.describe('price of one piece'),
  discount: money.nullish().describe('discount on the whole line'),
})

const orderInput = z.strictObject({
  ordered_at: instant.describe('when the order was placed'),
  order_date: day.nullish().describe("local date of the shop; from ordered_at and the shop's zone when absent"),
  time_zone: zone.nullish().describe("zone of the shop; the tenant's zone when absent"),
  currency: currency.describe('currency of all amounts of the order'),
  total: money.describe('order total after edits, with tax and shipping'),
  subtotal: money.nullish().describe('without tax and shipping'),
  tax: money.nullish().describe('tax, all kinds together'),
  shipping: money.nullish().describe('what the customer pays for shipping'),
  discount: money.nullish().describe('discount on the whole order'),
  status: z
    .enum(['pending', 'authorized', 'paid', 'partially_refunded', 'refunded', 'voided', 'cancelled'])
    .describe('a voided order is left out of every measure, a cancelled one counts with its refunds'),
  cancelled_at: instant.nullish().describe('when it was cancelled'),
  test: z.boolean().nullish().describe('a test order is kept, and left out of every measure'),
  customer: id.nullish().describe('id of the customer in the shop; whose personal data `erase` destroys'),
  lines: z.array(line).max(1000).nullish().describe('the lines, at most 1,000'),
  ...adPath,
  country: country.nullish().describe('where the order is delivered or billed'),
  device: device.nullish().describe('device the order was placed with'),
  landing_page: text(2048).nullish().describe('address of the first page of the visit that ordered'),
  personal: personal.nullish().describe('encrypted before the log, under the key of the customer'),
})

export type OrderData = ReturnType<typeof canonicalOrder>['data']

export const order = family({
  type: 'order.observed',
  version: 1,
  summary: 'an order as the shop showed it at a moment',
  observed: true,
  input: orderInput,
  canonical: canonicalOrder,
  group: (eventId) => `order ${eventId}`,
  upcasts: {},
})

function canonicalOrder(row: z.output<typeof orderInput>, context: ParseContext, eventId: string) {
  const place = placeInTime(row.ordered_at, row.order_date, row.time_zone ?? context.zone)
  return {
    data: {
      ordered_ms: row.ordered_at,
      ...place,
      currency: row.currency,
      total_micros: row.total,
      status: row.status,
      ...known({
        subtotal_micros: row.subtotal,
        tax_micros: row.tax,
        shipping_micros: row.shipping,
        discount_micros: row.discount,
        cancelled_ms: row.cancelled_at,
        test: row.test === true ? true : undefined,
        customer: row.customer,
        lines: row.lines?.map((l) => ({
          product: l.product,
          quantity: l.quantity,
          price_micros: l.price,
          ...known({ line: l.line, variant: l.variant, title: l.title, discount_micros: l.discount }),
        })),
        ...referrer(row),
        country: row.country,
        device: row.device,
        landing_page: row.landing_page,
      }),
    },
    personal: row.personal ?? undefined,
    subject: row.customer ?? row.personal?.email ?? row.personal?.phone ?? `order ${eventId}`,
    times_ms: [row.ordered_at, parseDay(place.day)! * DAY_MS],
  }
}

const refundLine = z.strictObject({
  product: id.describe('id of the product'),
  line: id.nullish().describe("id of the order's line"),
  quantity: count.describe('pieces that came back'),
  amount: money.nullish().describe('what went back for this line'),
})

const refundInput = z.strictObject({
  order: id.describe('id of the order, as in `order.observed`'),
  refunded_at: instant.describe('when the money went back'),
  refund_date: day.nullish().describe("local date of the shop; from refunded_at and the shop's zone when absent"),
  time_zone: zone.nullish().describe("zone of the shop; the tenant's zone when absent"),
  currency: currency.nullish().describe('currency of the amount'),
  amount: money.nullish().describe('what went back to the customer; unknown when absent'),
  kind: z
    .enum(['refund', 'sale', 'capture', 'authorization', 'void'])
    .default('refund')
    .describe('only `refund` takes money off the revenue; the others are kept as seen'),
  success: z.boolean().default(true).describe('false for an attempt that failed; takes nothing off'),
  test: z.boolean().nullish().describe('a test refund is kept, and takes nothing off'),
  customer: id.nullish().describe('id of the customer in the shop'),
  lines: z.array(refundLine).max(1000).nullish().describe('what came back, at most 1,000 lines'),
  ...adPath,
  country: country.nullish().describe('as in the order'),
  device: device.nullish().describe('as in the order'),
})

export type RefundData = ReturnType<typeof canonicalRefund>['data']

export const refund = family({
  type: 'order.refunded',
  version: 1,
  summary: 'money that moved back on an order',
  observed: false,
  input: refundInput,
  canonical: canonicalRefund,
  group: (_eventId, data) => `order ${data.order}`,
  upcasts: {},
})

function canonicalRefund(row: z.output<typeof refundInput>, context: ParseContext) {
  const place = placeInTime(row.refunded_at, row.refund_date, row.time_zone ?? context.zone)
  return {
    data: {
      order: row.order,
      refunded_ms: row.refunded_at,
      ...place,
      kind: row.kind,
      success: row.success,
      ...known({
        currency: row.currency,
        amount_micros: row.amount,
        test: row.test === true ? true : undefined,
        customer: row.customer,
        lines: row.lines?.map((l) => ({
          product: l.product,
          quantity: l.quantity,
          ...known({ line: l.line, amount_micros: l.amount }),
        })),
        ...referrer(row),
        country: row.country,
        device: row.device,
      }),
    },
    times_ms: [row.refunded_at, parseDay(place.day)! * DAY_MS],
  }
}

/** Local day of the shop and its offset then; a given date wins over the one that follows from the instant. */
function placeInTime(at_ms: number, date: string | null | undefined, time_zone: string) {
  const offset_min = utcOffsetMin(time_zone, at_ms)
  return { day: date ?? formatDay(localDay(at_ms, offset_min)), offset_min, time_zone }
}

type Referrer = Partial<Record<keyof typeof adPath, string | null | undefined>>
function referrer(row: Referrer) {
  const { platform, account, campaign, ad_group, ad, creative } = row
  return { platform, account, campaign, ad_group, ad, creative }
}
