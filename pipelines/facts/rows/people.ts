import type { CustomerData } from '../../../schemas/events/customers.ts'
import type { TouchData } from '../../../schemas/events/touches.ts'
import type { WebData } from '../../../schemas/events/web.ts'
import { fact_customers, fact_touches, fact_web_events } from '../../../schemas/tables.ts'
import { adPath, personal, type RowContext, type RowSink } from './row.ts'

export function customerRows(context: RowContext, data: CustomerData, sink: RowSink): void {
  sink(fact_customers, [
    data.kind,
    data.customer,
    data.created_ms ?? null,
    data.country ?? '',
    data.tags ?? [],
    data.segment ?? '',
    data.channel ?? '',
    data.pipeline ?? '',
    data.stage ?? '',
    data.status ?? '',
    data.value_micros ?? null,
    data.currency ?? '',
    ...personal(context.event),
  ])
}

export function touchRows(context: RowContext, data: TouchData, sink: RowSink): void {
  sink(fact_touches, [
    data.kind,
    data.visitor ?? '',
    data.customer ?? '',
    data.session ?? '',
    ...adPath(data),
    data.utm_source ?? '',
    data.utm_medium ?? '',
    data.utm_campaign ?? '',
    data.utm_content ?? '',
    data.utm_term ?? '',
    data.click_ids === undefined ? '' : JSON.stringify(data.click_ids),
    data.landing_page ?? '',
    data.referrer ?? '',
    data.country ?? '',
    data.device ?? '',
    ...personal(context.event),
  ])
}

export function webRows(context: RowContext, data: WebData, sink: RowSink): void {
  sink(fact_web_events, [
    data.kind,
    data.name ?? '',
    data.visitor ?? '',
    data.customer ?? '',
    data.session ?? '',
    data.order ?? '',
    data.product ?? '',
    data.quantity ?? null,
    data.value_micros ?? null,
    data.currency ?? '',
    data.page ?? '',
    data.referrer ?? '',
    ...adPath(data),
    data.country ?? '',
    data.device ?? '',
    ...personal(context.event),
  ])
}
