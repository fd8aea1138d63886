import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { StoreError } from '../../pipelines/store/client.ts'
import type { QueryDeps } from '../deps.ts'
import { chooseFormat } from '../formats/format.ts'
import { ApiError } from '../problem.ts'
import { SQL_FORMATS } from '../sql/formats.ts'
import { SQL_LIMITS } from '../sql/limits.ts'
import { sqlQuestion } from '../sql/question.ts'
import { createSql } from '../sql/sql.ts'
import { authenticate } from './authenticate.ts'

/** `POST /v1/sql`. */
export function sqlRoutes(app: FastifyInstance, deps: QueryDeps): void {
  const sql = createSql(deps.store, deps.connect, deps.clock)
  app.addHook('onClose', () => sql.close())
  // The gate tests itself before anybody asks. A store that is away is no failure: the first question asks again.
  app.addHook('onListen', () =>
    sql.open().catch((error: Error) => {
      if (error instanceof StoreError) return
      process.emitWarning(`the SQL API stays closed: ${error.message}: ${String(error.cause ?? '')}`)
    }),
  )

  app.post('/v1/sql', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const tenant = await authenticate(deps.tenants, request, 'sql:read')
    const format = chooseFormat(SQL_FORMATS, (request.query as { format?: string }).format, request.headers.accept)
    const question = parse(request.body)
    const query_id = deps.randomBytes(12).toString('hex')
    reply.header('x-omnify-query-id', query_id)
    // The signal fires when the asker goes away: the store then stops working for nobody.
    const { body, watermark } = await sql.answer({
      tenant: tenant.name,
      ...question,
      format,
      query_id,
      signal: request.signal,
    })
    if (watermark !== null) reply.header('x-omnify-watermark', watermark)
    if ('rows_read' in body) request.visit?.read(body.rows_read)
    return reply
      .header('cache-control', 'no-store')
      .header('vary', 'accept, authorization')
      .header('x-content-type-options', 'nosniff')
      .type(BINARY.test(format.type) ? format.type : `${format.type}; charset=utf-8`)
      .send(body)
  })
}

const BINARY = /apache/
/** JSON may write a character in six bytes. */
const BODY_BYTES_MAX = 6 * (SQL_LIMITS.sql_bytes_max + SQL_LIMITS.params_bytes_max)

function parse(body: unknown): z.output<typeof sqlQuestion> {
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
