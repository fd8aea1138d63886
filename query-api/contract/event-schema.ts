import { z } from 'zod'
import type { FAMILIES } from '../../schemas/events/registry.ts'
import { envelope } from '../../schemas/parse.ts'

/** An event of a family as it is sent, envelope included. */
export function eventSchema({ input, type, version }: (typeof FAMILIES)[number]) {
  return envelope.extend({
    type: z.literal(type),
    version: z.int().min(1).max(version).default(version),
    occurred_at: z.string().meta({ format: 'date-time' }),
    data: input,
  })
}
