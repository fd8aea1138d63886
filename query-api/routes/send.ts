import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Produced } from '../formats/produced.ts'

/** Sends an answer with data: nobody on the way may keep it, and no browser may take it for a page. */
export function send(reply: FastifyReply, { body, headers, type }: Produced): FastifyReply {
  reply.headers(headers)
  return reply
    .header('cache-control', 'no-store')
    .header('vary', 'accept, authorization')
    .header('x-content-type-options', 'nosniff')
    .type(type)
    .send(Buffer.isBuffer(body) || body instanceof Readable ? body : Readable.from(body))
}
