import { z } from 'zod'
import { country, currency, id, instant, money, personal, text } from '../fields.ts'
import { family, known } from './family.ts'

/** A customer of the shop, or a contact or opportunity of a CRM. */
const input = z.strictObject({
  kind: z
    .enum(['customer', 'contact', 'opportunity'])
    .default('customer')
    .describe('a customer of the shop, or a contact or opportunity of a CRM'),
  customer: id.describe('its id there; whose personal data `erase` destroys'),
  created_at: instant.nullish().describe('when it was made there'),
  country: country.nullish().describe('country'),
  tags: z.array(text(256)).max(250).nullish().describe('labels, at most 250'),
  segment: text(256).nullish().describe('segment'),
  channel: text(128).nullish().describe('where it came from'),
  pipeline: id.nullish().describe('id of the sales pipeline'),
  stage: text(256).nullish().describe('stage of the sales pipeline'),
  status: text(64).nullish().describe("the CRM's own word"),
  value: money.nullish().describe('value of an opportunity'),
  currency: currency.nullish().describe('currency of the value'),
  personal: personal.nullish().describe('encrypted before the log, under the key of the customer'),
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
