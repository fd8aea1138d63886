import { z } from 'zod'
import { ApiError } from '../problem.ts'

export const GRADES = ['none', 'candidate', 'alert', 'urgent'] as const
export type Grade = (typeof GRADES)[number]

/** What `GET /v1/creatives/fatigue` can be asked for. */
export type FatigueQuestion = {
  readonly platform: string | undefined
  readonly account: string | undefined
  readonly creative: string | undefined
  /** This grade and the more pressing ones. */
  readonly grade: Grade
  readonly order: 'money' | 'probability'
  readonly limit: number
}

/** @throws ApiError `bad_request` */
export function parseFatigueQuestion(query: unknown): FatigueQuestion {
  const { account, creative, grade, limit, order, platform } = checked(asked, query)
  return { platform, account, creative, grade, order, limit }
}

/** What `GET /v1/creatives/{id}/fatigue` can be asked for. */
export type HistoryQuestion = {
  readonly platform: string | undefined
  readonly account: string | undefined
  /** Days before the newest one. */
  readonly days: number
}

/** @throws ApiError `bad_request` */
export function parseHistoryQuestion(query: unknown): HistoryQuestion {
  const { account, days, platform } = checked(history, query)
  return { platform, account, days }
}

const id = z.string().min(1).max(256)
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least).max(most))

const place = { platform: id.optional(), account: id.optional() }
const asked = z.strictObject({
  ...place,
  creative: id.optional(),
  grade: z.enum(GRADES).default('none'),
  order: z.enum(['money', 'probability']).default('money'),
  limit: whole(1, 1000).default(100),
})
const history = z.strictObject({ ...place, days: whole(1, 366).default(90) })

function checked<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError('bad_request', issue!.message, { path: issue!.path.join('.') || 'query' })
}
