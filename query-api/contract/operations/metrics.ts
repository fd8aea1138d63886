import { z } from 'zod'
import { MEASURES, METRIC_DIMENSIONS } from '../../../schemas/metrics.ts'
import { changesQuery } from '../../changes/request.ts'
import { requestBody } from '../../metrics/request.ts'
import { operations } from '../operation.ts'
import {
  ACCEPTED,
  date,
  formatParameter,
  names,
  preferParameter,
  queryId,
  ROW_HEADERS,
  rfc3339,
  tableOf,
  watermark,
} from '../schemas.ts'

const cell = z.union([z.string(), z.number(), z.null()])
const rows = z
  .array(z.record(z.string(), cell))
  .describe('Dimensions and measures by name. Money is decimal text in the `currency` of its row; null is not known.')
const next_cursor = z.string().optional().describe('Of the next page, where a limit left rows out.')

export const metricsAnswer = z
  .looseObject({ rows, next_cursor, watermark, query_id: queryId })
  .register(names, { id: 'MetricsAnswer' })
const changesAnswer = z
  .looseObject({
    rows: rows.describe('day, platform, measure, old, new and cause of each number that changed.'),
    since: rfc3339.nullable(),
    next_since: rfc3339.nullable().describe('What to ask with next, so that nothing is missed.'),
    next_cursor,
    watermark,
    query_id: queryId,
  })
  .register(names, { id: 'ChangesAnswer' })

const words = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(', ')
const text = z.string().optional()

const question = z.object({
  measures: z.string().describe(`With commas: ${words(MEASURES)}.`),
  dimensions: text.describe(`With commas: ${words(METRIC_DIMENSIONS)}.`),
  filter: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('`field:op:value`, any number of times; op is eq, ne, in (values with commas), gt, gte, lt or lte.'),
  from: date.optional().describe('First local day of account or shop.'),
  to: date.optional().describe('The day after the last one.'),
  grain: z.enum(['hour', 'day', 'week', 'month', 'all']).optional(),
  time_zone: text.describe('IANA name; only where every measure has hourly rows.'),
  currency: text.describe('ISO 4217: all money in this one, at the rate of its day.'),
  compare: z.enum(['previous_period', 'previous_year']).optional(),
  as_of: rfc3339.optional().describe('Answer as it was known then.'),
  order: text.describe('With commas; `-spend` is descending.'),
  limit: text.describe('Rows, 1 to 100,000; further ones by the cursor.'),
  cursor: text,
  ...formatParameter,
})

const errors = [
  ...([
    'bad_request',
    'unknown_measure',
    'unknown_dimension',
    'unknown_filter',
    'incompatible',
    'non_additive',
  ] as const),
  ...([
    'currency_mix',
    'not_hourly',
    'bad_range',
    'bad_grain',
    'bad_time_zone',
    'bad_currency',
    'bad_compare',
  ] as const),
  ...([
    'bad_as_of',
    'bad_order',
    'bad_limit',
    'bad_cursor',
    'too_many_rows',
    'query_too_costly',
    'not_acceptable',
  ] as const),
  'rate_limited' as const,
]
const headers = {
  ...ROW_HEADERS,
  etag: 'Of the answer, where it is no stream; send it as If-None-Match.',
  'x-omnify-cache': 'hit, shared, miss or off: how the answer was come by.',
}
const answers = {
  200: { says: 'The rows.', content: tableOf(metricsAnswer), headers },
  304: { says: 'As it was under the tag in If-None-Match.' },
}
const metrics = { tag: 'Metrics', opened_by: 'metrics:read', errors } as const

export const METRICS = operations(
  {
    ...{ ...metrics, id: 'queryMetrics', method: 'POST', path: '/v1/metrics' },
    summary: 'Ask for metrics',
    details: 'What each measure and dimension means: `docs/metrics.md`.',
    in_query: z.object(formatParameter),
    body: { 'application/json': requestBody },
    in_headers: z.object(preferParameter),
    answers: { 200: answers[200], ...ACCEPTED },
    errors: [...errors, 'invalid_json', 'body_too_large', 'unsupported_media_type'],
    example: { body: { measures: ['spend', 'revenue'], dimensions: ['platform'] } },
  },
  {
    ...{ ...metrics, id: 'getMetrics', method: 'GET', path: '/v1/metrics' },
    summary: 'Ask for metrics, in the address',
    in_query: question,
    in_headers: z.object(preferParameter),
    answers: { ...answers, ...ACCEPTED },
    example: { query: 'measures=orders,revenue&dimensions=day&limit=3' },
  },
  {
    ...{ ...metrics, id: 'getChanges', method: 'GET', path: '/v1/changes' },
    summary: 'Which numbers are others now than they were, and why',
    in_query: changesQuery,
    answers: { 200: { says: 'The changes.', content: tableOf(changesAnswer), headers: ROW_HEADERS } },
    example: { query: 'since=2025-01-01T00:00:00Z' },
  },
)
