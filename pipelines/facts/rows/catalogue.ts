import type { FxRateData, HolidayData } from '../../../schemas/events/calendar.ts'
import type { ChangeData } from '../../../schemas/events/changes.ts'
import type { EntityData } from '../../../schemas/events/entities.ts'
import type { ProductData } from '../../../schemas/events/products.ts'
import { fact_changes, fact_entities, fact_fx_rates, fact_holidays, fact_products } from '../../../schemas/tables.ts'
import { adPath, type RowContext, type RowSink } from './row.ts'

export function entityRows(_context: RowContext, data: EntityData, sink: RowSink): void {
  sink(fact_entities, [
    ...adPath(data),
    data.kind,
    data.entity,
    data.name ?? '',
    data.status ?? '',
    data.objective ?? '',
    data.daily_budget_micros ?? null,
    data.lifetime_budget_micros ?? null,
    data.currency ?? '',
    data.time_zone ?? '',
    data.valid_from_ms,
  ])
}

export function productRows(_context: RowContext, data: ProductData, sink: RowSink): void {
  sink(fact_products, [
    data.product,
    data.variant ?? '',
    data.title ?? '',
    data.currency ?? '',
    data.price_micros ?? null,
    data.available === undefined ? null : data.available ? 1 : 0,
    data.stock ?? null,
  ])
}

export function changeRows(_context: RowContext, data: ChangeData, sink: RowSink): void {
  sink(fact_changes, [
    ...adPath(data),
    data.entity_kind,
    data.entity,
    data.actor ?? '',
    data.field,
    data.old ?? '',
    data.new ?? '',
  ])
}

export function fxRateRows(_context: RowContext, data: FxRateData, sink: RowSink): void {
  sink(fact_fx_rates, [data.base, data.quote, data.rate_e9])
}

export function holidayRows(_context: RowContext, data: HolidayData, sink: RowSink): void {
  sink(fact_holidays, [data.country, data.name])
}
