import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** `GET /v1/openapi.json`, and the same as a page: `/v1/docs`. */
export function docsRoutes(app: FastifyInstance): void {
  // Read and made when somebody asks first: a start is not the time for hundreds of schemas.
  let made: ReturnType<typeof files> | undefined
  const serveOne =
    (name: keyof Awaited<ReturnType<typeof files>>) => async (request: FastifyRequest, reply: FastifyReply) => {
      made ??= files()
      return serve(request, reply, (await made)[name])
    }
  app.get('/v1/openapi.json', serveOne('json'))
  app.get('/v1/docs', serveOne('page'))
  app.get('/v1/docs.css', serveOne('style'))
}

async function files() {
  const { OPERATIONS } = await import('../contract/list.ts')
  const { openapi } = await import('../contract/openapi.ts')
  const { DOCS_STYLE, docsPage } = await import('../contract/page.ts')
  const document = openapi(OPERATIONS)
  return {
    json: fileOf(JSON.stringify(document), 'application/json'),
    page: fileOf(docsPage(OPERATIONS, document), 'text/html'),
    style: fileOf(DOCS_STYLE, 'text/css'),
  }
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
