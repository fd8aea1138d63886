import { z } from 'zod'
import { adPath, count, country, currency, day, device, id, instant, money, personal, text, zone } from '../fields.ts'
import { DAY_MS, formatDay, localDay, parseDay, utcOffsetMin } from '../zone.ts'
import { family, known, type ParseContext } from './family.ts'

/**
 * Orders are the truth that platforms' claims are measured against. The envelope's id is the shop's order id; every
 * edit, cancellation or payment is a newer observation of it. Refunds are events of their own, on their own day.
 */
const line = z.strictObject({
  line: id.nullish(),
  product: id,
  variant: id.nullish(),
  title: text(1024).nullish(),
  quantity: count,
  price: money.describe('price of one piece'),
  discount: money.nullish().describe('discount on the whole line'),
})

const orderInput = z.strictObject({
  ordered_at: instant,
  order_date: day.nullish().describe("local date of the shop; from ordered_at and the shop's zone when absent"),
  time_zone: zone.nullish().describe("zone of the shop; the tenant's zone when absent"),
  currency,
  total: money.describe('order total after edits, with tax and shipping'),
  subtotal: money.nullish(),
  tax: money.nullish(),
  shipping: money.nullish(),
  discount: money.nullish(),
  status: z.enum(['pending', 'authorized', 'paid', 'partially_refunded', 'refunded', 'voided', 'cancelled']),
  cancelled_at: instant.nullish(),
  test: z.boolean().nullish(),
  customer: id.nullish(),
  lines: z.array(line).max(1000).nullish(),
  ...adPath,
  country: country.nullish(),
  device: device.nullish(),
  landing_page: text(2048).nullish(),
  personal: personal.nullish(),
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

const refundLine = z.strictObject({ product: id, line: id.nullish(), quantity: count, amount: money.nullish() })

const refundInput = z.strictObject({
  order: id,
  refunded_at: instant,
  refund_date: day.nullish(),
  time_zone: zone.nullish(),
  currency: currency.nullish(),
  amount: money.nullish().describe('what went back to the customer; unknown when absent'),
  kind: z
    .enum(['refund', 'sale', 'capture', 'authorization', 'void'])
    .default('refund')
    .describe('only `refund` takes money off the revenue; the others are kept as seen'),
  success: z.boolean().default(true),
  test: z.boolean().nullish(),
  customer: id.nullish(),
  lines: z.array(refundLine).max(1000).nullish(),
  ...adPath,
  country: country.nullish(),
  device: device.nullish(),
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
