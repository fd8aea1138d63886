import { z } from 'zod'
import { country, currency, id, instant, money, personal, text } from '../fields.ts'
import { family, known } from './family.ts'

/** A customer of the shop, or a contact or opportunity of a CRM. */
const input = z.strictObject({
  kind: z.enum(['customer', 'contact', 'opportunity']).default('customer'),
  customer: id,
  created_at: instant.nullish(),
  country: country.nullish(),
  tags: z.array(text(256)).max(250).nullish(),
  segment: text(256).nullish(),
  channel: text(128).nullish(),
  pipeline: id.nullish(),
  stage: text(256).nullish(),
  status: text(64).nullish(),
  value: money.nullish(),
  currency: currency.nullish(),
  personal: personal.nullish(),
})

export type CustomerData = ReturnType<typeof canonical>['data']

export const customer = family({
  type: 'customer.observed',
  version: 1,
  summary: 'a customer of the shop, or a contact or opportunity of a CRM',
  observed: true,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>) {
  return {
    data: {
      kind: row.kind,
      customer: row.customer,
      ...known({
        created_ms: row.created_at,
        country: row.country,
        tags: row.tags,
        segment: row.segment,
        channel: row.channel,
        pipeline: row.pipeline,
        stage: row.stage,
        status: row.status,
        value_micros: row.value,
        currency: row.currency,
      }),
    },
    personal: row.personal ?? undefined,
    subject: row.customer,
    times_ms: row.created_at == null ? [] : [row.created_at],
  }
}
