import type { DeliveryLook, DeliveryRow, WorldEvent } from '../model.ts'
import { dayText, iso } from '../time.ts'

export type MoneyWriter = (units: number, unit_micros: number) => number | string

/** A look at a report row as an event. Its id is the row's natural key, so that the next look supersedes it. */
export function deliveryEvent(row: DeliveryRow, look: DeliveryLook, money: MoneyWriter): WorldEvent {
  const { account, ad, hour } = row
  const day = dayText(row.day)
  const unit = account.unit_micros
  const data: Record<string, unknown> = {
    platform: account.platform,
    account: account.id,
    level: 'ad',
    campaign: ad.campaign,
    ad_group: ad.ad_group,
    ad: ad.id,
    creative: ad.creative,
    day,
    time_zone: account.zone,
    currency: account.currency,
    country: ad.country,
    attribution_setting: '7d_click',
    impressions: look.impressions,
    clicks: look.clicks,
    spend: money(look.spend, unit),
    conversions: look.conversions,
    conversion_value: money(look.value, unit),
    video_views_3s: look.views,
  }
  if (hour !== null) data.hour = hour
  else {
    data.reach = row.reach
    if (row.reach! > 0) data.frequency = Math.round((look.impressions / row.reach!) * 1e6) / 1e6
    const count = look.conversions
    data.actions = [
      { action_type: 'purchase', window: '7d_click', time_basis: 'click', count, value: money(look.value, unit) },
    ]
  }
  return {
    id: `${account.platform}:${account.id}:${day}${hour === null ? '' : `:h${hour}`}:${ad.id}`,
    source: account.source,
    type: 'ad_delivery.observed',
    version: 1,
    occurred_at: iso(look.occurred_ms),
    data,
  }
}
