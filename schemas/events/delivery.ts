import { z } from 'zod'
import { count, country, currency, day, decimal, device, id, money, slug, text, zone } from '../fields.ts'
import { DAY_MS, instantOf, parseDay } from '../zone.ts'
import { family, known } from './family.ts'

/**
 * What an ad platform says it delivered: one row of its report, as it was observed. The envelope's id must name the
 * row's natural key (account, day, entity, breakdown), so that a later report of the same row supersedes it.
 */
const action = z.strictObject({
  action_type: text(128).min(1),
  window: text(32).default(''),
  time_basis: z.enum(['click', 'view', 'conversion', 'mixed']).default('mixed'),
  count: decimal.nullish(),
  value: money.nullish(),
})

const input = z.strictObject({
  platform: slug,
  account: id,
  level: z.enum(['account', 'campaign', 'ad_group', 'ad', 'asset_group']),
  campaign: id.nullish(),
  ad_group: id.nullish(),
  ad: id.nullish(),
  asset_group: id.nullish(),
  creative: id.nullish(),
  day: day.describe('local date of the ad account'),
  hour: z.int().min(0).max(23).nullish().describe('local hour of the ad account, where the platform reports hours'),
  time_zone: zone.nullish().describe("zone of the ad account; the tenant's zone when absent"),
  currency: currency.describe('currency of the ad account'),
  country: country.nullish(),
  device: device.nullish(),
  segment: text(512).nullish().describe('any further breakdown of the report (keyword, network), as one text'),
  attribution_setting: text(128).nullish(),
  impressions: count.nullish(),
  clicks: count.nullish(),
  spend: money.nullish(),
  conversions: decimal.nullish().describe("the platform's headline count, fractions allowed"),
  conversion_value: money.nullish().describe('the value that the platform claims for these conversions'),
  reach: count.nullish(),
  frequency: decimal.nullish(),
  video_views_3s: count.nullish(),
  actions: z.array(action).max(200).nullish().describe('conversions per action type, window and time basis'),
})

export type DeliveryData = ReturnType<typeof canonical>['data']

export const delivery = family({
  type: 'ad_delivery.observed',
  version: 1,
  summary: "one row of an ad platform's report as it was observed",
  observed: true,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>, context: { readonly zone: string }) {
  const time_zone = row.time_zone ?? context.zone
  const dayNumber = parseDay(row.day)!
  const hour_ms = row.hour == null ? undefined : instantOf(time_zone, dayNumber, row.hour * 60)
  return {
    data: {
      platform: row.platform,
      account: row.account,
      level: row.level,
      ...known({
        campaign: row.campaign,
        ad_group: row.ad_group,
        ad: row.ad,
        asset_group: row.asset_group,
        creative: row.creative,
      }),
      day: row.day,
      time_zone,
      currency: row.currency,
      ...known({
        hour_ms,
        country: row.country,
        device: row.device,
        segment: row.segment,
        attribution_setting: row.attribution_setting,
        impressions: row.impressions,
        clicks: row.clicks,
        spend_micros: row.spend,
        conversions_micros: row.conversions,
        claimed_micros: row.conversion_value,
        reach: row.reach,
        frequency_micros: row.frequency,
        video_views: row.video_views_3s,
        actions: row.actions?.map((a) => ({
          action_type: a.action_type,
          window: a.window,
          time_basis: a.time_basis,
          ...known({ count_micros: a.count, value_micros: a.value }),
        })),
      }),
    },
    times_ms: [dayNumber * DAY_MS],
  }
}
