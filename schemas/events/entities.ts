import { z } from 'zod'
import { adPath, currency, id, instant, money, slug, text, zone } from '../fields.ts'
import { family, known } from './family.ts'

/** An ad object (account, campaign, ad group, ad, creative) with its name, budget and status from a moment on. */
const input = z.strictObject({
  ...adPath,
  platform: slug,
  account: id,
  kind: z.enum(['account', 'campaign', 'ad_group', 'ad', 'asset_group', 'creative']),
  entity: id.describe("the object's own id; the envelope's id may carry more"),
  name: text(1024).nullish(),
  status: text(64).nullish(),
  objective: text(128).nullish(),
  daily_budget: money.nullish(),
  lifetime_budget: money.nullish(),
  currency: currency.nullish(),
  time_zone: zone.nullish(),
  valid_from: instant,
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
