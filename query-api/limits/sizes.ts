import type { FastifyInstance } from 'fastify'
import { ApiError } from '../problem.ts'

/** Characters of a path with its query. */
export const URL_LENGTH_MAX = 8_192

/** A question that does not fit into an address is sent as a body. The size of all headers is bounded by the server. */
export function limitAddresses(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length <= URL_LENGTH_MAX) return done()
    done(new ApiError('url_too_long', `an address has at most ${URL_LENGTH_MAX} characters: send the question by POST`))
  })
}
