import { z } from 'zod'
import { parseInstant } from '../../schemas/fields.ts'
import { dimensionOf, MEASURES, measureOf } from '../../schemas/metrics.ts'
import { type MetricsRequest, parseRequest } from '../metrics/request.ts'
import { bodyOfQuery } from '../metrics/request-query.ts'
import { ApiError } from '../problem.ts'
import { CAUSES, type Cause } from './causes.ts'

/** A question for changes after its border. */
export type ChangesRequest = {
  readonly since_ms: number
  /** The numbers that are compared, by day and platform. */
  readonly metrics: MetricsRequest
  /** Only rows that have one of these among their causes; undefined is all. */
  readonly causes: readonly Cause[] | undefined
  readonly limit: number | undefined
}

/** The query of `GET /v1/changes`. */
export const changesQuery = z.strictObject({
  since: z.string(),
  measures: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  filter: z.union([z.string(), z.array(z.string())]).optional(),
  cause: z.string().optional(),
  limit: z.string().optional(),
  cursor: z.string().optional(),
  format: z.string().optional(),
})

/** All that can be added up by day and platform. */
const DEFAULT_MEASURES = MEASURES.filter(({ kind }) => kind === 'sum').map(({ name }) => name)

/**
 * @throws ApiError with the code of the first thing that is wrong
 */
export function parseChanges(query: unknown): ChangesRequest {
  const parsed = changesQuery.safeParse(query)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const at = issue.code === 'unrecognized_keys' ? issue.keys[0]! : issue.path.join('/')
    throw new ApiError('bad_request', `${at}: ${issue.message}`, { path: at })
  }
  const { cause, cursor, filter, from, limit, measures, since, to } = parsed.data
  const metrics = parseRequest({
    measures: measures === undefined || measures === '' ? DEFAULT_MEASURES : measures.split(','),
    dimensions: ['day', 'platform'],
    from,
    to,
    limit,
    cursor,
    ...(filter === undefined ? {} : bodyOfQuery({ filter })),
  })
  for (const [i, measure] of metrics.measures.entries()) {
    if (measureOf.get(measure.name)!.kind !== 'sum' && measure.kind !== 'ratio')
      throw new ApiError('incompatible', `${measure.name} is not a sum of facts, and its changes are not known`, {
        path: `measures/${i}`,
      })
  }
  for (const [i, { field }] of metrics.filters.entries()) {
    const { kind } = dimensionOf.get(field)!
    if (field !== 'platform' && kind !== 'currency')
      throw new ApiError('unknown_filter', 'changes are told by platform and currency, and filtered by them', {
        path: `filter/${i}`,
      })
  }
  return { since_ms: sinceOf(since), metrics, causes: causesOf(cause), limit: metrics.limit }
}

function sinceOf(text: string): number {
  const at = parseInstant(text)
  if (at === undefined) throw new ApiError('bad_as_of', 'since is an RFC 3339 time', { path: 'since' })
  return at
}

function causesOf(text: string | undefined): readonly Cause[] | undefined {
  if (text === undefined || text === '') return undefined
  const names = text.split(',')
  const unknown = names.find((name) => !(CAUSES as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new ApiError('bad_request', `a cause is one of ${CAUSES.join(', ')}`, { path: 'cause' })
  return names as Cause[]
}
