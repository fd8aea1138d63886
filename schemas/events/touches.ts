import { z } from 'zod'
import { adPath, country, device, id, personal, text } from '../fields.ts'
import { family, known } from './family.ts'

/** A marketing touch: a visit or a click with its campaign tags, click ids and landing page. */
const clickIdName = z.enum(['gclid', 'gbraid', 'wbraid', 'fbclid', 'ttclid', 'msclkid', 'dclid', 'li_fat_id', 'sccid'])

const input = z.strictObject({
  kind: z.enum(['visit', 'click', 'impression']).default('visit').describe('what happened'),
  visitor: id.nullish().describe('id of the visitor, from a cookie'),
  customer: id.nullish().describe('id of the customer, once known'),
  session: id.nullish().describe('id of the visit'),
  ...adPath,
  utm_source: text(512).nullish().describe('utm_source of the landing page'),
  utm_medium: text(512).nullish().describe('utm_medium of the landing page'),
  utm_campaign: text(512).nullish().describe('utm_campaign of the landing page'),
  utm_content: text(512).nullish().describe('utm_content of the landing page'),
  utm_term: text(512).nullish().describe('utm_term of the landing page'),
  click_ids: z.partialRecord(clickIdName, text(512)).nullish().describe('click ids by their parameter'),
  landing_page: text(2048).nullish().describe('address of the first page'),
  referrer: text(2048).nullish().describe('address that led here'),
  country: country.nullish().describe('country of the visitor'),
  device: device.nullish().describe('device of the visitor'),
  personal: personal.nullish().describe('encrypted before the log, under the key of the customer or visitor'),
})

export type TouchData = ReturnType<typeof canonical>['data']

export const touch = family({
  type: 'touch.recorded',
  version: 1,
  summary: 'a visit or click with its campaign tags, click ids and landing page',
  observed: false,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>, _context: unknown, eventId: string) {
  const { personal: personalData, kind, ...rest } = row
  return {
    data: { kind, ...known(rest) },
    personal: personalData ?? undefined,
    subject: row.customer ?? row.visitor ?? `touch ${eventId}`,
    times_ms: [],
  }
}
