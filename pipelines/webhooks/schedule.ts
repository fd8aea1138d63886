/**
 * When a message that could not be delivered is tried again: quickly at first, for a receiver that was being restarted,
 * then ever more rarely, for one that is down over night. After the Standard Webhooks specification; the sum is 24 hours.
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  4 * 3_600_000,
  7 * 3_600_000,
  10 * 3_600_000 + 24 * 60_000 + 55_000,
]

/**
 * Milliseconds until the next attempt.
 *
 * @param failed  attempts so far, at least one
 * @param random  uniform in [0, 1): each delay is stretched by up to a tenth, so that what failed together does not come
 *   back together. Never shortened: 24 hours are promised.
 * @param asked_ms  what the receiver asked for (Retry-After); honoured up to an hour
 * @returns undefined when it is over
 */
export function retryDelay(
  failed: number,
  random: number,
  asked_ms = 0,
  delays: readonly number[] = RETRY_DELAYS_MS,
): number | undefined {
  const delay_ms = delays[failed - 1]
  if (delay_ms === undefined) return undefined
  return Math.round(Math.max(delay_ms * (1 + JITTER * random), Math.min(asked_ms, ASKED_MS_MAX)))
}

const JITTER = 0.1
const ASKED_MS_MAX = 3_600_000
