import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import type { QueryDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'
import { fillMetrics, parseDefinition, queryName } from '../saved/definition.ts'
import { RESERVED, readParameters } from '../saved/parameters.ts'
import type { Saved, SavedQueries } from '../saved/saved-store.ts'
import { parseSql } from '../sql/question.ts'
import type { Sql } from '../sql/sql.ts'
import type { Ask } from './ask.ts'
import { authenticate } from './authenticate.ts'

/** A definition holds at most one question. */
const BODY_BYTES_MAX = 512 * 1024

/**
 * Questions under a name: `GET /v1/queries`, `PUT`, `GET` and `DELETE /v1/queries/{name}`, and
 * `GET /v1/queries/{name}/run?parameter=value`. Of a question in SQL the scope of SQL is needed besides.
 */
export function queryRoutes(
  app: FastifyInstance,
  { tenants }: Pick<QueryDeps, 'tenants'>,
  { ask, saved, sql }: { readonly saved: SavedQueries; readonly sql: Pick<Sql, 'check'>; readonly ask: Ask },
) {
  async function found(request: FastifyRequest): Promise<{ tenant: Tenant; query: Saved }> {
    const tenant = await authenticate(tenants, request, 'metrics:read')
    const version = versionOf((request.query as { version?: unknown }).version)
    const query = await saved.get(tenant.name, nameOf(request), version)
    if (query === undefined) throw new ApiError('not_found', 'there is no saved query of this name and version')
    if (query.definition.sql !== undefined) await authenticate(tenants, request, 'sql:read')
    return { tenant, query }
  }

  app.get('/v1/queries', async (request, reply) => {
    const { name } = await authenticate(tenants, request, 'metrics:read')
    const queries = (await saved.list(name)).map(({ definition: { description = null, sql }, ...rest }) => ({
      ...timed(rest),
      kind: sql === undefined ? 'metrics' : 'sql',
      description,
    }))
    return reply.header('cache-control', 'no-store').send({ queries })
  })

  app.put('/v1/queries/:name', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const tenant = await authenticate(tenants, request, 'queries:write')
    const name = nameOf(request)
    const definition = parseDefinition(request.body)
    if (definition.sql !== undefined) {
      await authenticate(tenants, request, 'sql:read')
      await sql.check({ tenant: tenant.name, sql: definition.sql, signal: request.signal })
    }
    const { is_new, saved: query } = await saved.put(tenant.name, name, definition)
    return reply
      .code(is_new ? 201 : 200)
      .header('location', `/v1/queries/${name}?version=${query.version}`)
      .header('cache-control', 'no-store')
      .send(shown(query))
  })

  app.get('/v1/queries/:name', async (request, reply) => {
    const { query, tenant } = await found(request)
    const versions = await saved.versions(tenant.name, query.name)
    return reply.header('cache-control', 'no-store').send({ ...shown(query), versions })
  })

  app.delete('/v1/queries/:name', async (request, reply) => {
    const { name } = await authenticate(tenants, request, 'queries:write')
    if (!(await saved.remove(name, nameOf(request))))
      throw new ApiError('not_found', 'there is no saved query of this name')
    return reply.code(204).send()
  })

  app.get('/v1/queries/:name/run', async (request, reply) => {
    const { query, tenant } = await found(request)
    const { metrics, parameters, sql: statement } = query.definition
    const given = request.query as Record<string, unknown>
    const values = readParameters(
      parameters,
      Object.fromEntries(Object.entries(given).filter(([name]) => !RESERVED.includes(name))),
    )
    reply.header('x-omnify-query-version', String(query.version))
    if (statement !== undefined) {
      for (const name of ['limit', 'cursor'])
        if (given[name] !== undefined)
          throw new ApiError('bad_parameter', `${name}: a statement has its own`, { path: name })
      return ask.sql(request, reply, tenant, parseSql({ sql: statement, params: values }))
    }
    const { cursor, limit } = given
    const page = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) }
    return ask.metrics(request, reply, tenant, { ...fillMetrics(metrics!, values), ...page })
  })
}

function nameOf(request: FastifyRequest): string {
  const parsed = queryName.safeParse((request.params as { name: string }).name)
  if (!parsed.success) throw new ApiError('bad_request', `a name ${parsed.error.issues[0]!.message}`, { path: 'name' })
  return parsed.data
}

function versionOf(text: unknown): number | undefined {
  if (text === undefined) return undefined
  if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text))
    throw new ApiError('bad_parameter', 'version: a whole number from 1 on', { path: 'version' })
  return Number(text)
}

function shown({ definition, ...rest }: Saved) {
  return { ...timed(rest), ...definition }
}

function timed({ saved_ms, ...rest }: Omit<Saved, 'definition'>) {
  return { ...rest, saved_at: new Date(saved_ms).toISOString() }
}
