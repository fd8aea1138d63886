import { z } from 'zod'
import { adPath, count, country, currency, device, id, money, personal, text } from '../fields.ts'
import { family, known } from './family.ts'

/** What happened on the site: page view, add to cart, checkout, purchase. */
const input = z.strictObject({
  kind: z
    .enum(['page_view', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase', 'lead', 'custom'])
    .describe('what happened'),
  name: text(128).nullish().describe("a custom event's name"),
  visitor: id.nullish().describe('id of the visitor, from a cookie'),
  customer: id.nullish().describe('id of the customer, once known'),
  session: id.nullish().describe('id of the visit'),
  order: id.nullish().describe('id of the order, of a purchase'),
  product: id.nullish().describe('id of the product'),
  quantity: count.nullish().describe('pieces'),
  value: money.nullish().describe('value of what happened'),
  currency: currency.nullish().describe('currency of the value'),
  page: text(2048).nullish().describe('address of the page'),
  referrer: text(2048).nullish().describe('address that led here'),
  ...adPath,
  country: country.nullish().describe('country of the visitor'),
  device: device.nullish().describe('device of the visitor'),
  personal: personal.nullish().describe('encrypted before the log, under the key of the customer or visitor'),
})

export type WebData = ReturnType<typeof canonical>['data']

export const web = family({
  type: 'web.recorded',
  version: 1,
  summary: 'something that happened on the site: page view, add to cart, checkout, purchase',
  observed: false,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>, _context: unknown, eventId: string) {
  const { personal: personalData, kind, value, ...rest } = row
  return {
    data: { kind, ...known({ ...rest, value_micros: value }) },
    personal: personalData ?? undefined,
    subject: row.customer ?? row.visitor ?? `web ${eventId}`,
    times_ms: [],
  }
}
