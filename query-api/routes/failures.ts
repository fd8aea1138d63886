import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Clock, steadyClock } from '../../pipelines/clock.ts'
import { LogError } from '../../pipelines/log/port.ts'
import { StoreError } from '../../pipelines/store/client.ts'
import { TenantError } from '../../pipelines/tenants/error.ts'
import { ERRORS, type ErrorCode, PROBLEM_TYPE, type Problem, problem } from '../../schemas/errors.ts'
import { ApiError } from '../problem.ts'

/**
 * Makes every error below this plugin a problem+json answer (RFC 9457). What is not the asker's mistake is told to the
 * log, with the id that the answer has too: our own mistakes each time, a dependency that fails once in ten seconds.
 */
export function answerFailures(app: FastifyInstance, clock: Clock = steadyClock): void {
  const told = new Map<ErrorCode, { at_ms: number; more: number }>()

  function tell(request: FastifyRequest, query_id: string, code: ErrorCode, error: Error): void {
    if (!ERRORS[code].retryable) {
      request.log.error({ err: error, query_id }, `answering a question: ${code}`)
      return
    }
    const last = told.get(code)
    if (last !== undefined && clock() - last.at_ms < AGAIN_MS) {
      last.more += 1
      return
    }
    told.set(code, { at_ms: clock(), more: 0 })
    const more = last === undefined || last.more === 0 ? '' : ` (and ${last.more} more since the last line)`
    request.log.warn({ err: error, query_id }, `answering a question: ${code}${more}`)
  }

  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = error instanceof ApiError ? error : apiErrorOf(error)
    if (ERRORS[known.code].status < 500) return sendProblem(reply, known, {})
    const query_id = String(reply.getHeader('x-omnify-query-id') ?? request.id)
    reply.header('x-omnify-query-id', query_id)
    // A start that is not over yet is no failure.
    if (known.code !== 'not_ready') tell(request, query_id, known.code, error)
    return sendProblem(reply, known, { query_id })
  })
}

/** What an asker is told of an error where there is no request to answer any more. */
export function problemOf(error: unknown): Problem {
  const { code, extra, message } = error instanceof ApiError ? error : apiErrorOf(error as FastifyError)
  return problem(code, message, extra)
}

/** Between two lines about the same dependency. */
const AGAIN_MS = 10_000

function sendProblem(reply: FastifyReply, { code, message, extra }: ApiError, more: object): FastifyReply {
  const { status, retryable } = ERRORS[code]
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', '2')
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(problem(code, message, { ...extra, ...more }))
}

/** What an asker is told of an error that is not about the question: nothing of ours but the code. */
function apiErrorOf(error: FastifyError): ApiError {
  if (error instanceof StoreError) return storeProblem(error)
  if (error instanceof LogError) return new ApiError('log_unavailable', 'the log does not answer', { cause: error })
  if (error instanceof TenantError && error.code === 'identity_unavailable')
    return new ApiError('identity_unavailable', 'whether the token is right cannot be said now', { cause: error })
  const code = FASTIFY_CODES[error.code]
  if (code !== undefined) return new ApiError(code, error.message, { cause: error })
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new ApiError('bad_request', error.message, { cause: error })
  return new ApiError('internal', 'our own mistake; the log of the engine has the details', { cause: error })
}

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
}

/** The store's limits on a question, in the terms of the question. */
function storeProblem(error: StoreError): ApiError {
  if (error.code === TOO_MANY_ROWS) {
    return new ApiError('too_many_rows', 'the question reads more rows than one question may: narrow its range', {
      cause: error,
    })
  }
  switch (error.kind) {
    case 'timeout':
      return new ApiError('query_timeout', 'the question took longer than it may: narrow it', { cause: error })
    case 'memory':
      return new ApiError('query_timeout', 'the question needs more memory than there is now: narrow it', {
        cause: error,
      })
    case 'rejected':
      return new ApiError('internal', 'our own mistake; the log of the engine has the details', { cause: error })
    default:
      return new ApiError('store_unavailable', 'the store does not answer now', { cause: error })
  }
}

/** ClickHouse: limit for rows to read exceeded. */
const TOO_MANY_ROWS = 158
