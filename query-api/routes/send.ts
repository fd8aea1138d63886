import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isNamed } from '../cache/etag.ts'
import type { Produced } from '../formats/produced.ts'

/**
 * Sends an answer with data: nobody on the way may keep it, and no browser may take it for a page. Who has it already,
 * by its tag, gets 304 without it.
 *
 * @param request where the answer has a tag and it is a GET that asks for it
 */
export function send(reply: FastifyReply, { body, headers, type }: Produced, request?: FastifyRequest): FastifyReply {
  reply
    .headers(headers)
    .header('cache-control', 'no-store')
    .header('vary', 'accept, authorization')
    .header('x-content-type-options', 'nosniff')
  const { etag } = headers
  if (request?.method === 'GET' && etag !== undefined && isNamed(etag, request.headers['if-none-match'])) {
    if (body instanceof Readable) body.destroy()
    return reply.code(304).send()
  }
  return reply.type(type).send(Buffer.isBuffer(body) || body instanceof Readable ? body : Readable.from(body))
}
