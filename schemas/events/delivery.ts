import { z } from 'zod'
import { count, country, currency, day, decimal, device, id, money, slug, text, zone } from '../fields.ts'
import { DAY_MS, instantOf, parseDay } from '../zone.ts'
import { family, known } from './family.ts'

/**
 * What an ad platform says it delivered: one row of its report, as it was observed. The envelope's id must name the
 * row's natural key (account, day, entity, breakdown), so that a later report of the same row supersedes it. The
 * attribution setting is no part of that key: under another setting the same money was spent once more only on paper.
 */
const action = z.strictObject({
  action_type: text(128).min(1).describe("the platform's own name, such as purchase"),
  window: text(32).default('').describe('attribution window in the words of the platform, such as 7d'),
  time_basis: z
    .enum(['click', 'view', 'conversion', 'mixed'])
    .default('mixed')
    .describe('whose day the conversion stands on'),
  count: decimal.nullish().describe('conversions of this kind, fractions allowed'),
  value: money.nullish().describe('value that the platform claims for them'),
})

const input = z.strictObject({
  platform: slug.describe('ad platform, such as google_ads'),
  account: id.describe('id of the ad account'),
  level: z
    .enum(['account', 'campaign', 'ad_group', 'ad', 'asset_group'])
    .describe('what one row of the report is about'),
  campaign: id.nullish().describe('id of the campaign'),
  ad_group: id.nullish().describe('id of the ad group or ad set'),
  ad: id.nullish().describe('id of the ad'),
  asset_group: id.nullish().describe('id of the asset group (Performance Max, which has no ads)'),
  creative: id.nullish().describe('id of the creative'),
  day: day.describe('local date of the ad account'),
  hour: z.int().min(0).max(23).nullish().describe('local hour of the ad account, where the platform reports hours'),
  time_zone: zone.nullish().describe("zone of the ad account; the tenant's zone when absent"),
  currency: currency.describe('currency of the ad account'),
  country: country.nullish().describe('breakdown by country, where the report has it'),
  device: device.nullish().describe('breakdown by device, where the report has it'),
  segment: text(512).nullish().describe('any further breakdown of the report (keyword, network), as one text'),
  attribution_setting: text(128)
    .nullish()
    .describe(
      'setting that the headline conversions were counted with; the same row under another setting has the same id, conversions in other windows belong into actions',
    ),
  impressions: count.nullish().describe('times shown'),
  clicks: count.nullish().describe('clicks'),
  spend: money.nullish().describe('cost'),
  conversions: decimal.nullish().describe("the platform's headline count, fractions allowed"),
  conversion_value: money.nullish().describe('the value that the platform claims for these conversions'),
  reach: count.nullish().describe('people reached, of this row alone: never added up'),
  frequency: decimal.nullish().describe('impressions per person reached, of this row alone'),
  video_views_3s: count.nullish().describe('video views of at least 3 seconds'),
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
