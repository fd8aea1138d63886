import type { FastifyError, FastifyInstance } from 'fastify'
import { LogError } from '../../pipelines/log/port.ts'
import { StoreError } from '../../pipelines/store/client.ts'
import { TenantError } from '../../pipelines/tenants/error.ts'
import { comeAgain, RequestProblem, sendProblem } from './problem.ts'

/** Makes every error below this plugin a problem+json answer. */
export function answerFailures(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.code === 'internal') {
      request.log.error({ err: error, query_id: request.id }, 'taking events: internal')
      reply.header('x-omnify-query-id', request.id)
    }
    return sendProblem(reply, problem)
  })
}

/** What a sender is told about an error: nothing of ours but the code, and when to come again. */
function problemOf(error: FastifyError): RequestProblem {
  if (error instanceof RequestProblem) return error
  if (error instanceof LogError) return logProblem(error)
  if (error instanceof StoreError && error.retryable) {
    return comeAgain('store_unavailable', 'The keys of personal data cannot be read now. Nothing was taken.', 5, error)
  }
  if (error instanceof TenantError && error.code === 'identity_unavailable')
    return comeAgain('identity_unavailable', 'Whether the token is right cannot be said now.', 5, error)
  // What fastify itself refuses, such as a malformed URL.
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new RequestProblem('bad_request', error.message, { cause: error })
  }
  return new RequestProblem('internal', 'Our own mistake; the log of the engine has the details.', { cause: error })
}

/** A part of the request may be on the log already: sending all of it again is safe, and adds only what is missing. */
function logProblem(error: LogError): RequestProblem {
  switch (error.code) {
    case 'log_slow':
      return comeAgain('log_slow', 'The log cannot keep up. Send the same again.', 1, error)
    case 'log_full':
      return comeAgain('log_full', 'The log has no disk left. Send the same again later.', 30, error)
    case 'log_closed':
      return comeAgain('not_ready', 'The engine is stopping. Send the same again.', 5, error)
    case 'log_unavailable':
      return comeAgain('log_unavailable', 'The log does not answer. Send the same again.', 5, error)
    default:
      return new RequestProblem('internal', 'The log refused the events; its own log has the details.', {
        cause: error,
      })
  }
}
