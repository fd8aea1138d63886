import type { Socket } from 'node:net'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { systemRandomBytes } from '../../pipelines/clock.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { ERRORS, type ErrorCode, PROBLEM_TYPE, problem } from '../../schemas/errors.ts'
import { fastifyLogger } from './fastify-logger.ts'

/**
 * The HTTP server of a process, without routes. What it refuses before there is a request to route (a header that is too
 * large, one that takes too long) it answers with problem+json too.
 */
export function openServer(logger: Logger): FastifyInstance {
  const process_id = systemRandomBytes(6).toString('hex')
  let requests = 0
  const app = Fastify({
    loggerInstance: fastifyLogger(logger),
    logController: new Fastify.LogController({ disableRequestLogging: true }),
    // Nobody may choose the id under which his request stands in our log.
    requestIdHeader: false,
    genReqId: () => `${process_id}-${++requests}`,
    bodyLimit: 6_000_000,
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: true,
    http: { maxHeaderSize: HEADER_BYTES_MAX },
    frameworkErrors: (error, _request, reply) => refuseEarly(error, reply as FastifyReply),
    clientErrorHandler: refuse,
  })
  app.setNotFoundHandler((_request, reply) => {
    reply
      .code(404)
      .type(PROBLEM_TYPE)
      .send(problem('not_found', 'nothing is served under this path with this method: GET /v1/openapi.json lists all'))
  })
  return app
}

/** What the router does not take, such as a malformed address. */
function refuseEarly(error: FastifyError, reply: FastifyReply): void {
  const code = error.statusCode === 414 ? 'url_too_long' : 'bad_request'
  reply.code(ERRORS[code].status).type(PROBLEM_TYPE).send(problem(code, 'the address cannot be read'))
}

/** There is no reply yet: the answer is written as it goes over the wire, and the connection ends. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code = CODES[error.code ?? ''] ?? 'bad_request'
  const { status, title } = ERRORS[code]
  const body = JSON.stringify(problem(code, 'the request was refused before it was read'))
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  socket.end(`${head}connection: close\r\n\r\n${body}`)
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}
/** Names and values of all headers of a request, its address included. */
const HEADER_BYTES_MAX = 16 * 1024
/** A body must have come in whole by then. */
const REQUEST_MS_MAX = 120_000
