import type { FastifyReply } from 'fastify'
import { ERRORS, type ErrorCode, PROBLEM_TYPE, problem } from '../../schemas/errors.ts'

/** Why a whole request is refused; thrown anywhere below a handler, answered in one place. */
export class RequestProblem extends Error {
  readonly code: ErrorCode
  readonly headers: Readonly<Record<string, string>>
  constructor(code: ErrorCode, detail: string, options: { headers?: Record<string, string>; cause?: unknown } = {}) {
    super(detail, 'cause' in options ? { cause: options.cause } : {})
    this.name = 'RequestProblem'
    this.code = code
    this.headers = options.headers ?? {}
  }
}

/** Answers with problem+json (RFC 9457). */
export function sendProblem(reply: FastifyReply, { code, message, headers }: RequestProblem): FastifyReply {
  return reply.code(ERRORS[code].status).headers(headers).type(PROBLEM_TYPE).send(problem(code, message))
}

/** A refusal that passes by itself, with the seconds after which to come again. */
export function comeAgain(code: ErrorCode, detail: string, after_s: number, cause?: unknown): RequestProblem {
  return new RequestProblem(code, detail, { headers: { 'retry-after': String(after_s) }, cause })
}
