import { z } from 'zod'
import { queryName, savedQuery } from '../../saved/definition.ts'
import { RESERVED } from '../../saved/parameters.ts'
import { operations } from '../operation.ts'
import { ACCEPTED, formatParameter, job, names, preferParameter, ROW_HEADERS, rfc3339, tableOf } from '../schemas.ts'
import { metricsAnswer } from './metrics.ts'
import { sqlAnswer } from './sql.ts'

const text = z.string().optional()
const version = text.describe('The newest when not given.')
const kind = z.enum(['metrics', 'sql'])
const saved = savedQuery
  .extend({ name: z.string(), version: z.int(), saved_at: rfc3339 })
  .register(names, { id: 'SavedQuery' })

const in_path = z.object({ name: queryName })
const path = { name: 'spend-by-platform' }
const own = { tag: 'Saved queries', in_path } as const
const read = { ...own, opened_by: 'metrics:read' } as const
const write = { ...own, opened_by: 'queries:write' } as const
const sql_too = 'Of a query in SQL the scope `sql:read` is needed besides.'

const of_run = [
  ...([
    'bad_request',
    'bad_parameter',
    'not_found',
    'forbidden',
    'incompatible',
    'non_additive',
    'currency_mix',
  ] as const),
  ...(['not_hourly', 'bad_range', 'bad_grain', 'bad_time_zone', 'bad_currency', 'bad_compare', 'bad_as_of'] as const),
  ...(['bad_order', 'bad_limit', 'bad_cursor', 'too_many_rows', 'query_too_costly', 'not_acceptable'] as const),
  ...(['unknown_measure', 'unknown_dimension', 'unknown_filter', 'sql_refused', 'sql_invalid', 'sql_closed'] as const),
  ...(['query_too_large', 'rate_limited'] as const),
]

export const SAVED_QUERIES = operations(
  {
    ...{ ...write, id: 'saveQuery', method: 'PUT', path: '/v1/queries/:name', summary: 'Save a question under a name' },
    details: `In \`metrics\` any value may be \`{"parameter": "name"}\`; SQL has placeholders \`{name:Type}\`. Each save of something else is a new version. ${sql_too}`,
    body: { 'application/json': savedQuery },
    answers: {
      200: { says: 'The newest version is the same.', content: { 'application/json': saved } },
      201: { says: 'Saved as a new version.', content: { 'application/json': saved } },
    },
    errors: of_run,
    example: {
      path,
      body: {
        parameters: { platform: { type: 'text', default: 'meta' } },
        metrics: {
          measures: ['spend'],
          dimensions: ['platform'],
          filters: [{ field: 'platform', op: 'eq', value: { parameter: 'platform' } }],
        },
      },
    },
  },
  {
    ...{ tag: 'Saved queries', opened_by: 'metrics:read', id: 'listQueries', method: 'GET', path: '/v1/queries' },
    summary: 'Questions that have a name',
    answers: {
      200: {
        says: 'The newest version of each.',
        content: {
          'application/json': z.object({
            queries: z.array(
              z.object({
                ...{ name: z.string(), version: z.int(), saved_at: rfc3339, kind },
                description: z.string().nullable(),
              }),
            ),
          }),
        },
      },
    },
    example: {},
  },
  {
    ...{ ...read, id: 'getQuery', method: 'GET', path: '/v1/queries/:name', summary: 'A saved question' },
    details: sql_too,
    in_query: z.object({ version }),
    answers: {
      200: {
        says: 'The version asked for, and the numbers of all.',
        content: { 'application/json': saved.extend({ versions: z.array(z.int()) }) },
      },
    },
    errors: ['bad_request', 'bad_parameter', 'not_found', 'forbidden'],
    example: { path },
  },
  {
    ...{ ...read, id: 'runQuery', method: 'GET', path: '/v1/queries/:name/run', summary: 'Ask a saved question' },
    details: `Besides what stands here, the query's own parameters by their names, which are never ${RESERVED.join(', ')}. ${sql_too}`,
    in_query: z.looseObject({ version, limit: text, cursor: text, ...formatParameter }),
    in_headers: z.object(preferParameter),
    answers: {
      200: {
        says: 'What the question answers.',
        content: tableOf(z.union([metricsAnswer, sqlAnswer])),
        headers: { ...ROW_HEADERS, 'x-omnify-query-version': 'Of the query that was run.' },
      },
      ...ACCEPTED,
      304: { says: 'As it was under the tag in If-None-Match.' },
    },
    errors: of_run,
    example: { path, query: 'platform=tiktok' },
  },
  {
    ...{ ...write, id: 'deleteQuery', method: 'DELETE', path: '/v1/queries/:name' },
    summary: 'Delete a saved question with all its versions',
    answers: { 204: { says: 'Deleted.' } },
    errors: ['bad_request', 'not_found'],
    example: { path },
  },
)

const of_job = { tag: 'Jobs', opened_by: 'metrics:read', in_path: z.object({ id: z.string() }) } as const
const no_job = { id: '00000000000000000000000000000000' }

export const JOBS = operations(
  {
    ...{ tag: 'Jobs', opened_by: 'metrics:read', id: 'listJobs', method: 'GET', path: '/v1/jobs', summary: 'Jobs' },
    answers: {
      200: {
        says: 'Newest first, without their questions.',
        content: { 'application/json': z.object({ jobs: z.array(job.omit({ question: true })) }) },
      },
    },
    example: {},
  },
  {
    ...{ ...of_job, id: 'getJob', method: 'GET', path: '/v1/jobs/:id', summary: 'How a job stands' },
    details: sql_too,
    answers: { 200: { says: 'The job.', content: { 'application/json': job } } },
    errors: ['not_found', 'forbidden'],
    example: { path: no_job },
  },
  {
    ...{
      ...of_job,
      id: 'getJobResult',
      method: 'GET',
      path: '/v1/jobs/:id/result',
      summary: 'What a job has answered',
    },
    details: `In the format that was asked for. A job that failed answers with why. ${sql_too}`,
    answers: {
      200: { says: 'As an answer at once would have been.', content: tableOf(z.unknown()), headers: ROW_HEADERS },
    },
    errors: [...of_run, 'job_not_done', 'job_lost'],
    example: { path: no_job },
  },
  {
    ...{ ...of_job, id: 'cancelJob', method: 'DELETE', path: '/v1/jobs/:id' },
    summary: 'End a job, or throw its result away',
    details: sql_too,
    answers: { 204: { says: 'There is no such job any more.' } },
    errors: ['not_found', 'forbidden'],
    example: { path: no_job },
  },
)
