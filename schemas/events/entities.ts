import { z } from 'zod'
import { adPath, currency, id, instant, money, NAME_LENGTH_MAX, slug, text, zone } from '../fields.ts'
import { family, known } from './family.ts'

/** An ad object (account, campaign, ad group, ad, creative) with its name, budget and status from a moment on. */
const input = z.strictObject({
  ...adPath,
  platform: slug.describe('ad platform, such as google_ads'),
  account: id.describe('id of the ad account it belongs to'),
  kind: z.enum(['account', 'campaign', 'ad_group', 'ad', 'asset_group', 'creative']).describe('what it is'),
  entity: id.describe("the object's own id; the envelope's id may carry more"),
  name: text(NAME_LENGTH_MAX).nullish().describe('its name'),
  status: text(64).nullish().describe("the platform's own word, such as active"),
  objective: text(128).nullish().describe("the platform's own word, such as sales"),
  daily_budget: money.nullish().describe('budget a day'),
  lifetime_budget: money.nullish().describe('budget in all'),
  currency: currency.nullish().describe('currency of the budgets'),
  time_zone: zone.nullish().describe('zone of an account'),
  valid_from: instant.describe('since when it is so'),
})

export type EntityData = ReturnType<typeof canonical>['data']

export const entity = family({
  type: 'ad_entity.observed',
  version: 1,
  summary: 'an ad object with its name, budget and status from a moment on',
  observed: true,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>) {
  return {
    data: {
      platform: row.platform,
      account: row.account,
      kind: row.kind,
      entity: row.entity,
      valid_from_ms: row.valid_from,
      ...known({
        campaign: row.campaign,
        ad_group: row.ad_group,
        ad: row.ad,
        creative: row.creative,
        name: row.name,
        status: row.status,
        objective: row.objective,
        daily_budget_micros: row.daily_budget,
        lifetime_budget_micros: row.lifetime_budget,
        currency: row.currency,
        time_zone: row.time_zone,
      }),
    },
    times_ms: [row.valid_from],
  }
}
