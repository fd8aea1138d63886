import { z } from 'zod'
import { GRADES } from '../../creatives/request.ts'
import { operations } from '../operation.ts'
import { names, rfc3339 } from '../schemas.ts'

const text = z.string().optional()
const creative = z
  .looseObject({ platform: z.string(), account: z.string(), creative: z.string() })
  .describe('Chances that it wears out within 7 and 14 days, why, and the money at stake.')
  .register(names, { id: 'CreativeFatigue' })
const record = z
  .looseObject({ name: z.string(), metric: z.string(), horizon_days: z.int(), matured: z.int() })
  .describe('How forecasts of the model have turned out so far.')
const watermark = rfc3339.nullable()
const all = {
  method: 'GET',
  tag: 'Creatives',
  opened_by: 'metrics:read',
  errors: ['bad_request', 'not_found'],
} as const

export const CREATIVES = operations(
  {
    ...{ ...all, id: 'listFatigue', path: '/v1/creatives/fatigue' },
    summary: 'Which creatives wear out, when and why',
    in_query: z.object({
      ...{ platform: text, account: text, creative: text, limit: text },
      grade: z.enum(GRADES).optional().describe('This one and the more pressing ones.'),
      order: z.enum(['money', 'probability']).optional(),
    }),
    answers: {
      200: {
        says: 'The most pressing first.',
        content: {
          'application/json': z.object({ creatives: z.array(creative), model: z.array(record), watermark }),
        },
      },
    },
    example: {},
  },
  {
    ...{ ...all, id: 'getFatigue', path: '/v1/creatives/:id/fatigue', summary: 'One creative, day by day' },
    in_path: z.object({ id: z.string() }),
    in_query: z.object({ platform: text, account: text, days: text }),
    answers: {
      200: {
        says: 'By platform and account; `insufficient` says what is missing where nothing can be said.',
        content: {
          'application/json': z.object({
            creative: z.string(),
            accounts: z.array(creative),
            insufficient: z.looseObject({ needs: z.string() }).nullable(),
            model: z.array(record),
            watermark,
          }),
        },
      },
    },
    example: { path: { id: 'none' } },
  },
)
