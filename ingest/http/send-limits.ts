import type { Clock } from '../../pipelines/clock.ts'
import { type Budgets, makeBudgets } from '../../pipelines/limits/budgets.ts'

/** What one tenant may send to one process, so that none takes the log away from the others. */
export type SendLimits = {
  readonly concurrent: number
  /** A minute. */
  readonly requests: number
  readonly events: number
}

/** Several times what one process takes: they end a loop that has gone wild, and not a backfill. */
export const SEND_LIMITS: SendLimits = { concurrent: 256, requests: 600_000, events: 60_000_000 }

/** @param clock  in ms, never going back */
export function sendBudgets({ concurrent, events, requests }: SendLimits, clock: Clock): Budgets {
  const a_minute = {
    requests: { max: requests, policy: 'requests', unit: 'requests', words: 'requests' },
    events: { max: events, policy: 'events', unit: 'events', words: 'events' },
  }
  return makeBudgets({ concurrent, a_minute }, clock)
}
