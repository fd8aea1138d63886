import type { Clock, RandomBytes } from '../clock.ts'
import type { Log } from '../log/port.ts'
import type { Logger } from '../runner/options.ts'
import type { Store } from '../store/client.ts'
import type { Tenants } from '../tenants/port.ts'
import type { Vault } from '../vault/port.ts'

/**
 * Something that goes on beside the main pipeline and reads what that has made: it watches windows, forecasts, tells of
 * alerts. What it knows lies in the store and on the log, so that it can be stopped at any step and started elsewhere.
 */
export type Stage = {
  readonly name: string
  /**
   * Works until the signal, then ends what it does and resolves. A failure of a dependency (a retryable `StoreError`, a
   * `LogError`) may be thrown: the stage is run anew after a pause. Anything else is our own mistake and ends the process.
   */
  run(deps: StageDeps, signal: AbortSignal): Promise<void>
}

export type StageDeps = {
  /** The topics of `STAGE_TOPICS` are written here, all others only read. */
  readonly log: Log
  readonly store: Store
  readonly tenants: Tenants
  /** Opened when it is first asked for: most engines have no secret that a stage needs. */
  readonly vault: () => Promise<Vault>
  /** `host:port` that webhooks may go to although they are private (OMNIFY_WEBHOOK_ALLOW). */
  readonly webhook_allow: readonly string[]
  /** The time of day, for what is said to people and for schedules. */
  readonly clock: Clock
  /** For waits: is never set. */
  readonly steady: Clock
  readonly randomBytes: RandomBytes
  readonly logger: Logger
}
