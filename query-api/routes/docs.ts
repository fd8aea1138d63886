import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OPERATIONS } from '../contract/list.ts'
import { openapi } from '../contract/openapi.ts'
import { DOCS_STYLE, docsPage } from '../contract/page.ts'

/** `GET /v1/openapi.json`, and the same as a page: `/v1/docs`. Made when somebody asks first, since a start is not the time. */
export function docsRoutes(app: FastifyInstance): void {
  const document = once(() => openapi(OPERATIONS))
  const json = once(() => fileOf(JSON.stringify(document()), 'application/json'))
  const page = once(() => fileOf(docsPage(OPERATIONS, document()), 'text/html'))
  const style = once(() => fileOf(DOCS_STYLE, 'text/css'))
  app.get('/v1/openapi.json', (request, reply) => serve(request, reply, json()))
  app.get('/v1/docs', (request, reply) => serve(request, reply, page()))
  app.get('/v1/docs.css', (request, reply) => serve(request, reply, style()))
}

type File = { readonly body: string; readonly type: string; readonly etag: string }

function fileOf(body: string, type: string): File {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { body, type: `${type}; charset=utf-8`, etag }
}

/** The same for everybody: it may be kept, and is asked for again by its tag. */
function serve(request: FastifyRequest, reply: FastifyReply, { body, etag, type }: File): FastifyReply {
  reply.header('etag', etag).header('cache-control', 'no-cache')
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.type(type).send(body)
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
