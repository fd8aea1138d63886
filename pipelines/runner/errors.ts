import { type Log, LogError } from '../log/port.ts'
import { StoreError } from '../store/client.ts'

/** A newer writer has taken over this partition: what this one still holds must be dropped. */
export class FencedError extends Error {
  constructor(writer: { readonly pipeline: string; readonly topic: string; readonly partition: number }) {
    super(`a newer writer has taken over ${writer.pipeline} ${writer.topic}/${writer.partition}`)
    this.name = 'FencedError'
  }
}

/** The claim belongs to somebody else now: drop the work, say nothing, the new owner goes on. */
export function isLost(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'fenced' || error.code === 'log_closed')
}

/** The store read the rows and found one that it cannot hold; every other refusal is our own mistake. */
export function refusesData(error: unknown): error is StoreError {
  return error instanceof StoreError && DATA_CODES.has(error.code)
}

/**
 * Cannot parse, convert or hold a value: CANNOT_PARSE_* (6, 26, 27, 38, 41, 72), CANNOT_READ_ALL_DATA (33),
 * TYPE_MISMATCH (53), ARGUMENT_OUT_OF_BOUND (69), CANNOT_CONVERT_TYPE (70), INCORRECT_DATA (117),
 * TOO_LARGE_STRING_SIZE (131), CANNOT_INSERT_NULL (349), DECIMAL_OVERFLOW (407), VIOLATED_CONSTRAINT (469).
 */
const DATA_CODES: ReadonlySet<number> = new Set([6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 131, 349, 407, 469])

/** A failing dependency is retried; anything else is our own mistake and stops the process. */
export function isDependency(error: unknown, log: Log['kind']): boolean {
  // A cancelled insert was killed by a writer that thinks it is newer; the fence tells at the next attempt.
  if (error instanceof StoreError) return error.retryable || error.kind === 'cancelled'
  if (!(error instanceof LogError)) return false
  if (error.code === 'log_slow' || error.code === 'log_full') return true
  // Retention has overtaken us: opening again says what was lost and goes on behind it.
  if (error.code === 'offset_out_of_range') return true
  // A broker comes back. The embedded log is away only after a failed fsync: what is on the disk is known again only
  // after opening it anew, so the process stops and says so.
  return error.code === 'log_unavailable' && log === 'kafka'
}
