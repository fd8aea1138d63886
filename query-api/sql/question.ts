import { z } from 'zod'
import { ApiError } from '../problem.ts'
import { SQL_LIMITS } from './limits.ts'

export const jsonValue = z.json()

/** The body of `POST /v1/sql`. */
export const sqlQuestion = z.strictObject({
  sql: z.string(),
  params: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), jsonValue).default({}),
})

export type SqlBody = z.output<typeof sqlQuestion>

/** @throws ApiError `bad_request`, `sql_refused` where it is too long */
export function parseSql(body: unknown): SqlBody {
  const parsed = sqlQuestion.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ApiError('bad_request', `send {"sql": "…", "params": {…}}: ${issue!.message}`, {
      path: issue!.path.join('.') || 'body',
    })
  }
  const { params, sql } = parsed.data
  if (Buffer.byteLength(sql) > SQL_LIMITS.sql_bytes_max)
    throw new ApiError('sql_refused', `a statement has at most ${SQL_LIMITS.sql_bytes_max} bytes`, { path: 'sql' })
  if (Buffer.byteLength(JSON.stringify(params)) > SQL_LIMITS.params_bytes_max)
    throw new ApiError('sql_refused', `parameters have at most ${SQL_LIMITS.params_bytes_max} bytes`, {
      path: 'params',
    })
  return parsed.data
}
