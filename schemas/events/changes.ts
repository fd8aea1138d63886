import { z } from 'zod'
import { adPath, id, NAME_LENGTH_MAX, slug, text } from '../fields.ts'
import { family, known } from './family.ts'

/** An entry of a platform's change log: who changed what, from what, to what. */
const input = z.strictObject({
  ...adPath,
  platform: slug.describe('ad platform, such as google_ads'),
  account: id.nullish().describe('id of the ad account'),
  entity_kind: text(64).describe('kind of object, such as campaign'),
  entity: id.describe('id of the object'),
  actor: text(320).nullish().describe('a role or tool name; a person belongs in `personal` of a customer event'),
  field: text(256).describe('what was changed, such as status'),
  old: text(NAME_LENGTH_MAX).nullish().describe('value before, as text'),
  new: text(NAME_LENGTH_MAX).nullish().describe('value after, as text'),
})

export type ChangeData = ReturnType<typeof canonical>['data']

export const change = family({
  type: 'change.recorded',
  version: 1,
  summary: "an entry of a platform's change log: who changed what, from what, to what",
  observed: false,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>) {
  const { platform, entity_kind, entity, field, ...rest } = row
  return { data: { platform, entity_kind, entity, field, ...known(rest) }, times_ms: [] }
}
