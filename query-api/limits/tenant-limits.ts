import type { Clock } from '../../pipelines/clock.ts'
import { type Budgets, makeBudgets } from '../../pipelines/limits/budgets.ts'

/** What one tenant may ask of one process, so that no tenant takes the store away from the others. */
export type TenantLimits = {
  /** Requests that are answered at the same time, streams included. */
  readonly concurrent: number
  /** Requests a minute. */
  readonly requests: number
  /** Rows that the store reads for them a minute. */
  readonly rows: number
  /** Seconds of processor time that the store spends on them a minute. */
  readonly cpu_seconds: number
}

/**
 * More than anybody needs who asks as fast as he can read: a minute of 200 requests a second, and two processors of the
 * store.
 */
export const TENANT_LIMITS: TenantLimits = {
  concurrent: 64,
  requests: 12_000,
  rows: 60_000_000_000,
  cpu_seconds: 120,
}

/** What tenants have left of what they may ask. @param clock  in ms, never going back */
export function questionBudgets(limits: TenantLimits, clock: Clock): Budgets {
  const { concurrent, cpu_seconds, requests, rows } = limits
  const a_minute = {
    requests: { max: requests, policy: 'requests', unit: 'requests', words: 'requests' },
    rows: { max: rows, policy: 'rows-read', unit: 'rows-read', words: 'rows read by the store' },
    cpu_seconds: {
      max: cpu_seconds,
      policy: 'cpu',
      unit: 'cpu-seconds',
      words: 'seconds of processor time in the store',
    },
  }
  return makeBudgets({ concurrent, a_minute }, clock)
}
