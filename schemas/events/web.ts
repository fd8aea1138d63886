import { z } from 'zod'
import { adPath, count, country, currency, device, id, money, personal, text } from '../fields.ts'
import { family, known } from './family.ts'

/** What happened on the site: page view, add to cart, checkout, purchase. */
const input = z.strictObject({
  kind: z.enum(['page_view', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase', 'lead', 'custom']),
  name: text(128).nullish().describe("a custom event's name"),
  visitor: id.nullish(),
  customer: id.nullish(),
  session: id.nullish(),
  order: id.nullish(),
  product: id.nullish(),
  quantity: count.nullish(),
  value: money.nullish(),
  currency: currency.nullish(),
  page: text(2048).nullish(),
  referrer: text(2048).nullish(),
  ...adPath,
  country: country.nullish(),
  device: device.nullish(),
  personal: personal.nullish(),
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
