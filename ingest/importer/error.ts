export type ImportErrorCode =
  | 'bad_mapping'
  | 'unknown_mapping'
  | 'mapping_mismatch'
  | 'unreadable_file'
  | 'too_many_lines'
  | 'import_stopped'
  | 'log_failed'

/** Why an import could not be done as a whole. What was sent before stays; the same command goes on from there. */
export class ImportError extends Error {
  readonly code: ImportErrorCode
  /** For a bad mapping: every problem with its path. */
  readonly problems: readonly string[]
  constructor(code: ImportErrorCode, message: string, options?: { cause?: unknown; problems?: readonly string[] }) {
    super(message, options)
    this.name = 'ImportError'
    this.code = code
    this.problems = options?.problems ?? []
  }
}
