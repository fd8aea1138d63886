import type { DeliveryData } from '../../../schemas/events/delivery.ts'
import { fact_conversions, fact_delivery } from '../../../schemas/tables.ts'
import { deliverySlice } from '../../../schemas/windows.ts'
import { adPath, type RowContext, type RowSink } from './row.ts'

/** One row of delivery, and one per action type, window and time basis of its conversions. */
export function deliveryRows(_context: RowContext, data: DeliveryData, sink: RowSink): void {
  const path = adPath(data)
  const slice = deliverySlice(data)
  sink(fact_delivery, [
    ...path,
    data.asset_group ?? '',
    data.level,
    slice,
    data.hour_ms === undefined ? null : data.hour_ms / 1000,
    data.time_zone,
    data.country ?? '',
    data.device ?? '',
    data.segment ?? '',
    data.attribution_setting ?? '',
    data.currency,
    data.impressions ?? null,
    data.clicks ?? null,
    data.spend_micros ?? null,
    data.conversions_micros ?? null,
    data.claimed_micros ?? null,
    data.reach ?? null,
    data.frequency_micros ?? null,
    data.video_views ?? null,
  ])
  for (const action of data.actions ?? []) {
    sink(fact_conversions, [
      ...path,
      slice,
      data.currency,
      action.action_type,
      action.window,
      action.time_basis,
      action.count_micros ?? null,
      action.value_micros ?? null,
    ])
  }
}
