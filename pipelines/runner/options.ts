import type { Clock } from '../clock.ts'
import type { Log } from '../log/port.ts'
import type { Store } from '../store/client.ts'

export type Logger = { info(text: string): void; warn(text: string): void; error(text: string): void }

export type RunnerDeps = {
  readonly log: Log
  readonly store: Store
  /** Measures waits only, so one that is never set. */
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<void>
  /** A new unique name for a writer. */
  readonly newId: () => string
  readonly logger: Logger
}

export type RunnerOptions = {
  /** A batch ends at this many records, */
  readonly rows_max: number
  /** of which this many are read before its turn has come; the rest stays on the log until then, */
  readonly ahead_rows_max: number
  /** at this many bytes of keys and values, */
  readonly bytes_max: number
  /** or when its first record has waited this long, */
  readonly linger_ms: number
  /**
   * or, where the last batch took longer than that to write, as long as it took, up to this: a store that falls behind
   * gets bigger inserts, not more of them.
   */
  readonly linger_max_ms: number
  /**
   * A batch with this many records at its end by age is part of a bulk load, and ends at this age instead, or when nothing
   * has come for `linger_ms`.
   */
  readonly bulk_rows: number
  readonly bulk_linger_ms: number
  /** Batches in work at once, over all partitions: one is read and judged while the store writes another. */
  readonly turns: number
  /** How long a poll of an empty partition waits. */
  readonly idle_ms: number
  readonly backoff_max_ms: number
  readonly fence_patience_ms: number
  /** A batch in work at shutdown may take this long before it is abandoned. */
  readonly stop_timeout_ms: number
}

/**
 * An insert costs the store 5 to 20 ms whatever its size, and a batch makes up to twelve: big batches where much waits.
 * Where little does, waiting and writing together stay below the 2 s within which an event must be seen.
 */
export const RUNNER_DEFAULTS: RunnerOptions = {
  rows_max: 64_000,
  ahead_rows_max: 20_000,
  bytes_max: 27_000_000,
  linger_ms: 300,
  linger_max_ms: 800,
  bulk_rows: 2_500,
  bulk_linger_ms: 1_500,
  turns: 2,
  idle_ms: 1_000,
  backoff_max_ms: 5_000,
  fence_patience_ms: 10_000,
  stop_timeout_ms: 8_000,
}
