import { z } from 'zod'
import { ApiError } from '../problem.ts'

/** What is summed: weekly cohorts by the Monday of the first order, the shop's own segments, or what brought the customers. */
export const COHORTS_BY = { week: 'cohort', segment: 'segment', channel: 'channel', campaign: 'campaign' } as const

const id = z.string().min(1).max(256)
const shop = { source: id.optional(), currency: z.string().length(3).optional() }

export const customerQuery = z.strictObject(shop)
export const cohortsQuery = z.strictObject({
  ...shop,
  by: z.enum(['week', 'segment', 'channel', 'campaign']).default('week'),
})
export const scoresQuery = z.strictObject({
  horizon_days: z
    .string()
    .regex(/^\d{1,4}$/, 'a number of days')
    .transform(Number)
    .optional(),
  entity_kind: z.enum(['shop', 'customer', 'cohort', 'segment', 'channel', 'campaign', 'creative']).optional(),
  metric: id.optional(),
})

/** @throws ApiError `bad_request` */
export function parseQuery<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError('bad_request', issue!.message, { path: issue!.path.join('.') || 'query' })
}
