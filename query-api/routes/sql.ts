import type { FastifyInstance } from 'fastify'
import { StoreError } from '../../pipelines/store/client.ts'
import type { QueryDeps } from '../deps.ts'
import { SQL_LIMITS } from '../sql/limits.ts'
import { parseSql } from '../sql/question.ts'
import type { Sql } from '../sql/sql.ts'
import type { Ask } from './ask.ts'
import { authenticate } from './authenticate.ts'

/** `POST /v1/sql`. */
export function sqlRoutes(app: FastifyInstance, { tenants }: Pick<QueryDeps, 'tenants'>, sql: Sql, ask: Ask): void {
  // The gate tests itself before anybody asks. A store that is away is no failure: the first question asks again.
  app.addHook('onListen', () =>
    sql.open().catch((error: Error) => {
      if (error instanceof StoreError) return
      process.emitWarning(`the SQL API stays closed: ${error.message}: ${String(error.cause ?? '')}`)
    }),
  )

  app.post('/v1/sql', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const tenant = await authenticate(tenants, request, 'sql:read')
    return ask.sql(request, reply, tenant, parseSql(request.body))
  })
}

/** JSON may write a character in six bytes. */
const BODY_BYTES_MAX = 6 * (SQL_LIMITS.sql_bytes_max + SQL_LIMITS.params_bytes_max)
