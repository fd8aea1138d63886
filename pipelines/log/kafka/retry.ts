import type { Clock } from '../../clock.ts'
import { LogError } from '../port.ts'
import { isPassing } from './errors.ts'

export type RetryOptions = {
  readonly steady: Clock
  readonly backoff_min_ms: number
  readonly backoff_max_ms: number
  readonly unavailable_after_ms: number
}

/**
 * Runs `attempt` until it succeeds, fails for good, `stopped` throws, or `unavailable_after_ms` have passed:
 * then `log_unavailable` with the last error as its cause.
 */
export async function retrying<T>(
  action: string,
  options: RetryOptions,
  attempt: () => Promise<T>,
  stopped: () => void = () => {},
): Promise<T> {
  const deadline = options.steady() + options.unavailable_after_ms
  for (let failures = 1; ; failures += 1) {
    stopped()
    try {
      return await attempt()
    } catch (cause) {
      // Our own mistakes must not be mistaken for a broker's.
      if (cause instanceof LogError || MISTAKES.some((kind) => cause instanceof kind)) throw cause
      stopped()
      const pause = backoff(failures, options)
      if (!isPassing(cause) || options.steady() + pause >= deadline) {
        throw new LogError('log_unavailable', `${action}: ${cause instanceof Error ? cause.message : String(cause)}`, {
          cause,
        })
      }
      await sleep(pause)
    }
  }
}

const MISTAKES = [TypeError, RangeError, ReferenceError]

/** Doubles with every failure. */
export function backoff(failures: number, options: Pick<RetryOptions, 'backoff_min_ms' | 'backoff_max_ms'>): number {
  return Math.min(options.backoff_max_ms, options.backoff_min_ms * 2 ** Math.min(failures - 1, 20))
}

/** Ends early, without an error, when the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
