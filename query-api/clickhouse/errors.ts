import { StoreError } from '../../pipelines/store/client.ts'
import { httpStatus } from '../../pipelines/store/embedded/errors.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { ApiError } from '../problem.ts'
import { Refusal, type RefusedFor } from '../sql/gate/refusal.ts'

/** A failure as clients of ClickHouse know them: a number that they look up, and words. */
export class BiError extends Error {
  readonly code: number
  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'BiError'
    this.code = code
  }
}

/** ClickHouse's numbers for what this endpoint says by itself. */
export const CODES = {
  UNSUPPORTED_METHOD: 1,
  BAD_ARGUMENTS: 36,
  CHECKSUM_DOESNT_MATCH: 40,
  NOT_IMPLEMENTED: 48,
  LOGICAL_ERROR: 49,
  UNKNOWN_TABLE: 60,
  SYNTAX_ERROR: 62,
  UNKNOWN_FORMAT: 73,
  UNKNOWN_DATABASE: 81,
  UNKNOWN_SETTING: 115,
  TOO_MANY_ROWS: 158,
  TIMEOUT_EXCEEDED: 159,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  NETWORK_ERROR: 210,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_IS_TOO_LARGE: 229,
  MEMORY_LIMIT_EXCEEDED: 241,
  CANNOT_DECOMPRESS: 271,
  SESSION_NOT_FOUND: 372,
  QUERY_WAS_CANCELLED: 394,
  TOO_MANY_ROWS_OR_BYTES: 396,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
} as const

/** Names of the numbers above; those of the engine's own errors are asked of the engine. */
export const CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(CODES).map(([name, code]) => [code, name]),
)

/** @returns null for a failure that is not one of those a client can do something about: our own mistake */
export function biErrorOf(cause: unknown): BiError | null {
  if (cause instanceof BiError) return cause
  if (cause instanceof Refusal) return ofRefusal(cause, cause.message, cause)
  if (cause instanceof ApiError) return ofApiError(cause)
  if (cause instanceof StoreError) return ofStoreError(cause)
  return null
}

/** The gate lists what tables there are, under names that a client does not know: SHOW TABLES tells it better. */
function ofRefusal({ about }: Refusal, message: string, cause: Error): BiError {
  return new BiError(OF_REFUSAL[about], message.replace(/: there are .*?(?= \(line |$)/, ''), { cause })
}

function ofApiError(error: ApiError): BiError | null {
  if (error.cause instanceof Refusal) return ofRefusal(error.cause, error.message, error)
  // The engine's own number; the words are those that were chosen for the asker, without its name, which follows them.
  if (error.cause instanceof StoreError && error.cause.code !== 0)
    return new BiError(error.cause.code, error.message.replace(/ \([A-Z][A-Z0-9_]* \d+\)/, ''), { cause: error })
  const code = OF_API_ERROR[error.code]
  return code === undefined ? null : new BiError(code, error.message, { cause: error })
}

function ofStoreError(error: StoreError): BiError | null {
  switch (error.kind) {
    case 'timeout':
      return new BiError(CODES.TIMEOUT_EXCEEDED, 'the statement took longer than it may', { cause: error })
    case 'memory':
      return new BiError(CODES.MEMORY_LIMIT_EXCEEDED, 'there is not enough memory now', { cause: error })
    case 'overloaded':
      return new BiError(CODES.TOO_MANY_SIMULTANEOUS_QUERIES, 'the store has too much to do now', { cause: error })
    case 'cancelled':
      return new BiError(CODES.QUERY_WAS_CANCELLED, 'Query was cancelled', { cause: error })
    case 'unavailable':
      return new BiError(CODES.NETWORK_ERROR, 'the store does not answer now', { cause: error })
    case 'rejected':
      return null
  }
}

/** The status that ClickHouse sends with a number; a store that is away is none of the asker's business to know more of. */
export function statusOf(code: number): number {
  if (code === CODES.NETWORK_ERROR) return 503
  return code === CODES.TOO_MANY_SIMULTANEOUS_QUERIES ? 429 : httpStatus(code)
}

const OF_REFUSAL: Readonly<Record<RefusedFor, number>> = {
  syntax: CODES.SYNTAX_ERROR,
  unknown_table: CODES.UNKNOWN_TABLE,
  forbidden: CODES.ACCESS_DENIED,
}

const OF_API_ERROR: Readonly<Partial<Record<ErrorCode, number>>> = {
  sql_refused: CODES.ACCESS_DENIED,
  sql_closed: CODES.NETWORK_ERROR,
  query_too_costly: CODES.TOO_MANY_ROWS,
  too_many_rows: CODES.TOO_MANY_ROWS_OR_BYTES,
  query_too_large: CODES.MEMORY_LIMIT_EXCEEDED,
  query_timeout: CODES.TIMEOUT_EXCEEDED,
  rate_limited: CODES.TOO_MANY_SIMULTANEOUS_QUERIES,
  store_unavailable: CODES.NETWORK_ERROR,
  unauthorized: CODES.AUTHENTICATION_FAILED,
  forbidden: CODES.ACCESS_DENIED,
}
