import { LogError } from '../port.ts'
import { errorCode } from './segment.ts'

/** Whether the disk, or what this user may use of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What an append is told whose round could not be written and was taken back. */
export function refusal(error: unknown): LogError {
  return error instanceof LogError ? error : notStored('this append', error)
}

/** `what` was not stored, and trying again may help. */
export function notStored(what: string, cause: unknown): LogError {
  return isDiskFull(cause)
    ? new LogError('log_full', `the log's disk is full; nothing of ${what} was kept`, { cause })
    : unavailable(`the log could not be written; nothing of ${what} was kept`, cause)
}

export function unavailable(what: string, cause?: unknown): LogError {
  return new LogError('log_unavailable', what, cause === undefined ? undefined : { cause })
}
