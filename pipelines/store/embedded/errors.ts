/** An error of the engine or of this child, with ClickHouse's number. `message` has no `Code: N.` in front. */
export class EngineError extends Error {
  readonly code: number
  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
  }
}

/** The engine reports `Code: N. DB::Exception: text. (NAME)`; anything else is our own mistake and gets code 1002. */
export function engineErrorOf(cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  const match = /^Code: (\d+)\. DB::Exception: ([\s\S]*)$/.exec(text)
  return match === null
    ? new EngineError(CODES.UNKNOWN_EXCEPTION, text, { cause })
    : new EngineError(Number(match[1]), match[2]!.trimEnd(), { cause })
}

/** The body ClickHouse would send: `Code: N. DB::Exception: text. (NAME) (version X)`. */
export function errorBody(error: EngineError, version: string): string {
  const name = NAMES.get(error.code)
  const named =
    /\([A-Z][A-Z0-9_]+\)$/.test(error.message) || name === undefined ? error.message : `${error.message}. (${name})`
  return `Code: ${error.code}. DB::Exception: ${named} (version ${version} (embedded))\n`
}

/** Codes that this child gives itself. */
export const CODES = {
  UNSUPPORTED_METHOD: 1,
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  CANNOT_OPEN_FILE: 76,
  TIMEOUT_EXCEEDED: 159,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  SOCKET_TIMEOUT: 209,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_IS_TOO_LARGE: 229,
  ABORTED: 236,
  TOO_LARGE_SIZE_COMPRESSED: 271,
  QUERY_WAS_CANCELLED: 394,
  TOO_MANY_ROWS_OR_BYTES: 396,
  AUTHENTICATION_FAILED: 516,
  UNKNOWN_EXCEPTION: 1002,
} as const

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(CODES).map(([name, code]) => [code, name]))

/** As ClickHouse maps them (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp). Everything else is a 500. */
export function httpStatus(code: number): number {
  return STATUS.get(code) ?? 500
}

const STATUS: ReadonlyMap<number, number> = new Map([
  ...numbers(400, [6, 25, 26, 27, 38, 41, 72, 62, 53, 117, 168, 167, 8, 427, 15, 44, 36, 456, 457]),
  ...numbers(403, [192, 193, 516, 497]),
  ...numbers(404, [60, 46, 47, 50, 56, 81, 115, 40, 63, 73, 83, 78]),
  ...numbers(408, [159]),
  ...numbers(413, [229]),
  ...numbers(501, [48]),
  ...numbers(503, [209, 439]),
])

function numbers(status: number, codes: readonly number[]): readonly [number, number][] {
  return codes.map((code) => [code, status])
}
