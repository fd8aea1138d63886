import { z } from 'zod'

/**
 * The parts of Shopify's REST payloads that are used (webhook topics orders/* and refunds/create). Everything else in
 * them is let through unread, because Shopify adds fields at any time. What each field means:
 * https://shopify.dev/docs/api/admin-rest/latest/resources/order
 */
const id = z.union([z.int(), z.string().min(1)])
const money = z.union([z.string(), z.number()])
const text = z.string().nullish()

const address = z.object({
  name: text,
  address1: text,
  address2: text,
  zip: text,
  city: text,
  phone: text,
  country_code: text,
})

const transaction = z.object({
  id: id.nullish(),
  kind: text,
  status: text,
  amount: money.nullish(),
  currency: text,
  test: z.boolean().nullish(),
})

export const refundPayload = z.object({
  id,
  order_id: id,
  created_at: z.string(),
  processed_at: text,
  transactions: z.array(transaction).nullish(),
  refund_line_items: z
    .array(
      z.object({
        line_item_id: id.nullish(),
        quantity: z.int().min(0),
        subtotal: money.nullish(),
        line_item: z.object({ product_id: id.nullish() }).nullish(),
      }),
    )
    .nullish(),
})
export type RefundPayload = z.output<typeof refundPayload>

export const orderPayload = z.object({
  id,
  created_at: z.string(),
  processed_at: text,
  updated_at: z.string(),
  cancelled_at: text,
  currency: z.string(),
  total_price: money,
  current_total_price: money.nullish(),
  subtotal_price: money.nullish(),
  total_tax: money.nullish(),
  total_discounts: money.nullish(),
  total_shipping_price_set: z.object({ shop_money: z.object({ amount: money.nullish() }).nullish() }).nullish(),
  financial_status: text,
  test: z.boolean().nullish(),
  email: text,
  contact_email: text,
  phone: text,
  browser_ip: text,
  landing_site: text,
  customer: z.object({ id, email: text, phone: text, first_name: text, last_name: text }).nullish(),
  shipping_address: address.nullish(),
  billing_address: address.nullish(),
  line_items: z
    .array(
      z.object({
        id,
        product_id: id.nullish(),
        variant_id: id.nullish(),
        title: text,
        quantity: z.int().min(0),
        price: money,
        total_discount: money.nullish(),
        discount_allocations: z.array(z.object({ amount: money })).nullish(),
      }),
    )
    .nullish(),
  refunds: z.array(refundPayload).nullish(),
})
export type OrderPayload = z.output<typeof orderPayload>
