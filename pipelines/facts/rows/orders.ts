import type { OrderData, RefundData } from '../../../schemas/events/orders.ts'
import { fact_order_lines, fact_orders, fact_refund_lines, fact_refunds } from '../../../schemas/tables.ts'
import { adPath, personal, type RowContext, type RowSink } from './row.ts'

/** One row of the order and one per line. */
export function orderRows(context: RowContext, data: OrderData, sink: RowSink): void {
  sink(fact_orders, [
    data.ordered_ms,
    data.offset_min,
    data.time_zone,
    data.currency,
    data.total_micros,
    data.subtotal_micros ?? null,
    data.tax_micros ?? null,
    data.shipping_micros ?? null,
    data.discount_micros ?? null,
    data.status,
    data.cancelled_ms ?? null,
    data.test === true ? 1 : 0,
    data.customer ?? '',
    ...adPath(data),
    data.country ?? '',
    data.device ?? '',
    data.landing_page ?? '',
    ...personal(context.event),
  ])
  for (const line of data.lines ?? []) {
    sink(fact_order_lines, [
      line.line ?? '',
      line.product,
      line.variant ?? '',
      line.title ?? '',
      line.quantity,
      line.price_micros,
      line.discount_micros ?? null,
      data.currency,
    ])
  }
}

/** One row of the refund and one per line. */
export function refundRows(_context: RowContext, data: RefundData, sink: RowSink): void {
  sink(fact_refunds, [
    data.order,
    data.refunded_ms,
    data.offset_min,
    data.time_zone,
    data.currency ?? '',
    data.amount_micros ?? null,
    data.kind,
    data.success ? 1 : 0,
    data.test === true ? 1 : 0,
    data.customer ?? '',
    ...adPath(data),
    data.country ?? '',
    data.device ?? '',
  ])
  for (const line of data.lines ?? []) {
    sink(fact_refund_lines, [
      data.order,
      line.line ?? '',
      line.product,
      line.quantity,
      line.amount_micros ?? null,
      data.currency ?? '',
    ])
  }
}
