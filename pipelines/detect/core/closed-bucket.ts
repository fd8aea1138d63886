import type { Grain } from './grain.ts'
import type { Completeness } from './maturity.ts'
import type { Metric } from './scope.ts'

/** One bucket of one group, closed: sums by scope. Scopes of the group that have nothing are zero. */
export type Tick = {
  readonly grain: Grain
  readonly group: string
  readonly start_ms: number
  /** Of the group's local clock from UTC: people live by it, also when it is set back. */
  readonly offset_ms: number
  readonly sums: ReadonlyMap<string, Sums>
  /** Report rows that the bucket has. */
  readonly rows: number
  readonly value_micros: number | null
  readonly currency: string
  /** A holiday somewhere: nobody knows yet what it does. */
  readonly holiday: boolean
  /** How much of each count is known at this age of the bucket. */
  readonly complete: Completeness
  /** Scopes in which somebody expects something now: neither tested nor learnt. */
  readonly expected: readonly string[]
  /** Buckets that were judged before, as their numbers are known now; left out where nobody has looked. */
  readonly restated?: readonly Restated[]
}

export type Restated = Pick<Tick, 'start_ms' | 'sums'>

export type Sums = Readonly<Partial<Record<Metric, number>>>
