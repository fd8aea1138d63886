import { z } from 'zod'
import { adPath, country, device, id, personal, text } from '../fields.ts'
import { family, known } from './family.ts'

/** A marketing touch: a visit or a click with its campaign tags, click ids and landing page. */
const clickIdName = z.enum(['gclid', 'gbraid', 'wbraid', 'fbclid', 'ttclid', 'msclkid', 'dclid', 'li_fat_id', 'sccid'])

const input = z.strictObject({
  kind: z.enum(['visit', 'click', 'impression']).default('visit'),
  visitor: id.nullish(),
  customer: id.nullish(),
  session: id.nullish(),
  ...adPath,
  utm_source: text(512).nullish(),
  utm_medium: text(512).nullish(),
  utm_campaign: text(512).nullish(),
  utm_content: text(512).nullish(),
  utm_term: text(512).nullish(),
  click_ids: z.partialRecord(clickIdName, text(512)).nullish(),
  landing_page: text(2048).nullish(),
  referrer: text(2048).nullish(),
  country: country.nullish(),
  device: device.nullish(),
  personal: personal.nullish(),
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
