import type { Clock, Random } from '../clock.ts'
import { StoreError } from './errors.ts'

/**
 * Repeats a call to the store that may be repeated (a query, an insert with a token whose rows do not change), with
 * exponential back-off and full jitter, until it works, fails for good, or has taken `patience_ms`.
 *
 * @throws the last StoreError; anything that is not retryable at once; StoreError `cancelled` when `signal` aborts
 */
export async function withRetry<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, sleep, signal } = options
  const until = clock() + options.patience_ms
  for (let attempt = 0; ; attempt++) {
    try {
      return await task()
    } catch (cause) {
      if (!(cause instanceof StoreError) || !cause.retryable) throw cause
      const longest = Math.min(options.wait_max_ms ?? 5_000, (options.wait_first_ms ?? 100) * 2 ** attempt)
      const wait_ms = Math.ceil(random() * longest)
      if (clock() + wait_ms > until) throw cause
      if (signal?.aborted) throw new StoreError('cancelled', 0, 'given up while the store was not available', { cause })
      await sleep(wait_ms)
      if (signal?.aborted) throw new StoreError('cancelled', 0, 'given up while the store was not available', { cause })
    }
  }
}

export type RetryOptions = {
  readonly clock: Clock
  readonly random: Random
  readonly sleep: (ms: number) => Promise<void>
  /** No attempt begins later than this after the first. */
  readonly patience_ms: number
  readonly wait_first_ms?: number
  readonly wait_max_ms?: number
  readonly signal?: AbortSignal
}

/**
 * Fails fast while the store is down: after `failures_max` retryable failures in a row nothing is tried for
 * `open_ms`, then one call at a time, until one works.
 *
 * @throws StoreError `unavailable` while it is open
 */
export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, failures_max, open_ms } = options
  let failures = 0
  let opened_at = 0
  let probing = false

  function refuse(): never {
    throw new StoreError('unavailable', 0, `the store has failed ${failures} times in a row; not asked again yet`)
  }

  return {
    async run(task) {
      const open = failures >= failures_max
      if (open && (probing || clock() - opened_at < open_ms)) refuse()
      if (open) probing = true
      try {
        const result = await task()
        failures = 0
        return result
      } catch (cause) {
        if (cause instanceof StoreError && cause.retryable) {
          failures++
          opened_at = clock()
        } else {
          // It answered: wrong statements say nothing about its health.
          failures = 0
        }
        throw cause
      } finally {
        if (open) probing = false
      }
    },
    isOpen: () => failures >= failures_max,
  }
}

export type BreakerOptions = { readonly clock: Clock; readonly failures_max: number; readonly open_ms: number }

export type Breaker = {
  run<T>(task: () => Promise<T>): Promise<T>
  isOpen(): boolean
}
