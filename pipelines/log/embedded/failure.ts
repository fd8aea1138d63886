import { LogError } from '../port.ts'
import { errorCode } from './segment.ts'

/** Whether the disk, or what this user may use of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What an append is told whose round could not be written and was taken back. */
export function refusal(error: unknown): LogError {
  if (error instanceof LogError) return error
  return isDiskFull(error)
    ? new LogError('log_full', 'the disk is full; nothing of this append was kept', { cause: error })
    : unavailable('the log could not be written; nothing of this append was kept', error)
}

export function unavailable(what: string, cause?: unknown): LogError {
  return new LogError('log_unavailable', what, cause === undefined ? undefined : { cause })
}
