import type { CanonicalEvent } from '../../../schemas/canonical.ts'
import { DAY_MS, parseDay } from '../../../schemas/zone.ts'
import { changeRows, entityRows, fxRateRows, holidayRows, productRows } from './catalogue.ts'
import { deliveryRows } from './delivery.ts'
import { orderRows, refundRows } from './orders.ts'
import { customerRows, touchRows, webRows } from './people.ts'
import type { RowContext, RowSink } from './row.ts'

/** Writes the rows of an event into its fact tables. */
export function factRows(context: RowContext, sink: RowSink): void {
  const write = WRITERS[context.event.type]
  if (write === undefined) throw new Error(`no fact table for ${context.event.type}`)
  write(context, context.event.data, sink)
}

/** The day an event's rows are filed under: its own local day where it has one, else the UTC day it occurred on. */
export function dayOf(event: CanonicalEvent): number {
  const { day } = event.data as { readonly day?: string }
  return (day === undefined ? undefined : parseDay(day)) ?? Math.floor(event.occurred_ms / DAY_MS)
}

// The data of an event have the type that its name says: they were checked at the border.
type Writer = (context: RowContext, data: never, sink: RowSink) => void

/** One line per event type; a conformance test holds this list against the families. */
const WRITERS = {
  'order.observed': orderRows,
  'order.refunded': refundRows,
  'ad_delivery.observed': deliveryRows,
  'ad_entity.observed': entityRows,
  'customer.observed': customerRows,
  'product.observed': productRows,
  'touch.recorded': touchRows,
  'web.recorded': webRows,
  'change.recorded': changeRows,
  'fx_rate.observed': fxRateRows,
  'holiday.observed': holidayRows,
} as Readonly<Record<string, Writer>> as Readonly<
  Record<string, (context: RowContext, data: unknown, sink: RowSink) => void>
>
