import type { ErrorCode } from '../schemas/errors.ts'

/** An answer that is an error under a code of the table; `path` names the part of the request that is wrong, `more` goes into the answer. */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly extra: Readonly<Record<string, unknown>>
  constructor(
    code: ErrorCode,
    detail: string,
    options: { path?: string; cause?: unknown; more?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'ApiError'
    this.code = code
    this.extra = { ...(options.path === undefined ? {} : { path: options.path }), ...options.more }
  }
}
