import { NAME_LENGTH_MAX } from '../../schemas/fields.ts'
import { formatMicros, microsToBigInt, parseMoney } from '../../schemas/money.ts'
import { addUp, mapRefund, moneyBack } from './map-refund.ts'
import type { OrderPayload } from './payload.ts'
import { clean, localDate } from './values.ts'

/**
 * An order of Shopify as events: the order as it was at `updated_at`, and each refund in it on which money moved.
 * Pure; the events are checked by the acceptor like everybody else's.
 */
export function mapOrder(order: OrderPayload): unknown[] {
  return [orderEvent(order), ...(order.refunds ?? []).flatMap(mapRefund)]
}

function orderEvent(order: OrderPayload) {
  const ordered_at = order.processed_at ?? order.created_at
  return {
    id: order.id,
    source: 'shopify',
    type: 'order.observed',
    version: 1,
    occurred_at: order.updated_at,
    data: {
      ordered_at,
      order_date: localDate(ordered_at),
      currency: order.currency,
      total: totalAfterEdits(order),
      subtotal: order.subtotal_price,
      tax: order.total_tax,
      shipping: order.total_shipping_price_set?.shop_money?.amount,
      discount: order.total_discounts,
      status: statusOf(order),
      cancelled_at: order.cancelled_at,
      test: order.test,
      customer: order.customer?.id,
      lines: order.line_items?.map(line),
      country: countryOf(order),
      landing_page: clean(order.landing_site, 2048),
      personal: personalOf(order),
    },
  }
}

/**
 * What the order came to after edits and before refunds, because refunds are counted apart, on their own day.
 *
 * `total_price` is "before returns" and leaves in what an edit has removed; `current_total_price` is after edits and
 * after returns. So refunds are added to the latter, at most up to the former: a refund without a return (goodwill)
 * does not lower `current_total_price` and must not be added.
 */
function totalAfterEdits({ total_price, current_total_price, refunds }: OrderPayload): string | number {
  const [total, current] = [micros(total_price), micros(current_total_price)]
  const back = addUp((refunds ?? []).map(moneyBack))
  // What is no number is told by the acceptor, under the field's name.
  if (total === undefined || current === undefined || back === undefined) return total_price
  if (current + back <= total) return formatMicros(current + back, 2)
  if (current > total) return current_total_price!
  return total_price
}

/** An order that was cancelled before it was paid is `voided`, and does not count; one cancelled later does. */
function statusOf({ financial_status, cancelled_at }: OrderPayload): string {
  const status = financial_status?.toLowerCase() ?? 'pending'
  if (status === 'voided' || status === 'expired') return 'voided'
  if (cancelled_at != null) return 'cancelled'
  return status === 'partially_paid' || status === 'unpaid' ? 'pending' : status
}

type Line = NonNullable<OrderPayload['line_items']>[number]

function line({ id, product_id, variant_id, title, quantity, price, total_discount, discount_allocations }: Line) {
  const allocated = (discount_allocations ?? []).map(({ amount }) => micros(amount))
  const discount = addUp(allocated)
  return {
    line: id,
    // A custom item of a draft order belongs to no product.
    product: product_id ?? `line-${id}`,
    variant: variant_id,
    title: clean(title, NAME_LENGTH_MAX),
    quantity,
    price,
    discount: allocated.length === 0 || discount === undefined ? total_discount : formatMicros(discount, 2),
  }
}

function countryOf({ shipping_address, billing_address }: OrderPayload): string | undefined {
  const code = shipping_address?.country_code ?? billing_address?.country_code
  return code != null && /^[A-Za-z]{2}$/.test(code) ? code : undefined
}

function personalOf(order: OrderPayload) {
  const { customer, shipping_address: shipping, billing_address: billing } = order
  const place = shipping ?? billing
  const fullName = [customer?.first_name, customer?.last_name].filter(Boolean).join(' ')
  const address = [place?.address1, place?.address2, [place?.zip, place?.city].filter(Boolean).join(' ')]
  return {
    email: clean(order.email ?? order.contact_email ?? customer?.email, 320),
    phone: clean(order.phone ?? shipping?.phone ?? billing?.phone ?? customer?.phone, 64),
    name: clean(shipping?.name ?? billing?.name ?? fullName, 512),
    address: clean(address.filter(Boolean).join(', '), 2048),
    ip: clean(order.browser_ip, 64),
  }
}

function micros(value: string | number | null | undefined): bigint | undefined {
  if (value == null) return undefined
  const result = parseMoney(value)
  return result.ok ? microsToBigInt(result.micros) : undefined
}
