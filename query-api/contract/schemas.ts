import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../../schemas/errors.ts'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { eventSchema } from './event-schema.ts'
import type { Content } from './operation.ts'

/** Schemas that have a name in the document, and are types of the client. */
export const names = z.registry<{ readonly id: string }>()

export const errorCode = z
  .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
  .describe('`docs/errors.md` explains each.')
  .register(names, { id: 'ErrorCode' })

/** An error (RFC 9457). */
export const problemSchema = z
  .looseObject({
    type: z.string().describe('`urn:omnify:error:CODE`'),
    title: z.string().describe('A few words, the same for every occurrence.'),
    status: z.int(),
    code: errorCode,
    detail: z.string().describe('What is wrong with this very request.'),
    path: z.string().optional().describe('The part of the request that is wrong.'),
    query_id: z
      .string()
      .optional()
      .describe('Under which the engine’s log has more, of errors that are not the asker’s.'),
  })
  .register(names, { id: 'Problem' })

/** Any event. */
export const anyEvent = z
  .union(FAMILIES.map((family) => eventSchema(family).register(names, { id: family.type })))
  .register(names, { id: 'Event' })

/** An answer that is rows: as JSON with what is said of them, or as a table in one of four other formats. */
export function tableOf(json: z.ZodType): Readonly<Record<string, Content>> {
  return {
    'application/json': json,
    'application/x-ndjson': 'text',
    'text/csv': 'text',
    'application/vnd.apache.arrow.stream': 'bytes',
    'application/vnd.apache.parquet': 'bytes',
  }
}

export const rfc3339 = z.string().meta({ format: 'date-time' })
export const date = z.string().meta({ format: 'date' })
export const watermark = rfc3339
  .nullable()
  .describe('Up to where the oldest of the sources that were read has been read; null when nothing ever was.')
export const queryId = z.string().describe('The id of this answer in the engine.')

/** Parameters of every answer that is a table. */
export const formatParameter = {
  format: z.string().optional().describe('json, ndjson, csv, arrow or parquet; goes before the Accept header.'),
}

/** Headers of every answer with rows. */
export const ROW_HEADERS = {
  'x-omnify-query-id': 'The id of this answer in the engine.',
  'x-omnify-watermark': 'The watermark, also of formats that have no place for it.',
}

/** A question that is answered after its request has ended. */
export const job = z
  .object({
    id: z.string(),
    kind: z.enum(['metrics', 'sql']),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    format: z.string(),
    question: z.unknown().describe('As it was asked.'),
    created_at: rfc3339,
    started_at: rfc3339.nullable(),
    finished_at: rfc3339.nullable(),
    expires_at: rfc3339.describe('Job and result are gone then.'),
    rows: z.int().nullable().optional().describe('Null where they were not counted.'),
    bytes: z.int().optional(),
    result: z.string().optional().describe('Its address, of a job that is done.'),
    problem: problemSchema.optional().describe('Of a job that failed.'),
  })
  .register(names, { id: 'Job' })

/** What `Prefer: respond-async` asks for. */
export const preferParameter = { prefer: z.string().optional().describe('`respond-async` answers 202 with a job.') }
export const ACCEPTED = {
  202: { says: 'Taken as a job; Location is its address.', content: { 'application/json': job } },
} as const
