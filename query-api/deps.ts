import type { Registry } from 'prom-client'
import type { Clock, RandomBytes } from '../pipelines/clock.ts'
import type { Budgets } from '../pipelines/limits/budgets.ts'
import type { Log } from '../pipelines/log/port.ts'
import type { Store } from '../pipelines/store/client.ts'
import type { Tenants } from '../pipelines/tenants/port.ts'
import type { Vault } from '../pipelines/vault/port.ts'
import type { Resolve } from '../pipelines/webhooks/resolve.ts'
import type { Slots } from './sql/slots.ts'

/** A pipeline as the status page shows it: its name in the tables, its group and topic on the log. */
export type PipelineGroup = { readonly pipeline: string; readonly group: string; readonly topic: string }

/** What sending to addresses of the tenants' choice needs. */
export type WebhookDeps = {
  /** Seals the secrets of webhooks. */
  readonly vault: () => Promise<Pick<Vault, 'sealRaw' | 'openRaw'>>
  /** OMNIFY_WEBHOOK_ALLOW */
  readonly allow: readonly string[]
  readonly resolve: Resolve
}

export type QueryDeps = {
  readonly store: Store
  /** A client of the same store in another database; who connects closes it. */
  readonly connect: (database: string) => Store
  readonly log: Log
  readonly tenants: Tenants
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  /** Signs cursors: the same in every process that answers. Without it a process understands its own only. */
  readonly cursor_key?: Uint8Array
  /** Rows that the store may read for one question for metrics; the default of `metrics/cost.ts` when not given. */
  readonly rows_max?: number
  /** What tenants may ask of this process, on all its ports; the defaults of `limits/tenant-limits.ts` when not given. */
  readonly budgets?: Budgets
  /** Places for SQL statements, shared with the port for BI tools; places of its own when not given. */
  readonly slots?: Slots
  /** Holds the process's measurements; `/metrics` shows them. */
  readonly registry: Registry
  /** Without it there are no routes of webhooks. */
  readonly webhooks?: WebhookDeps
  readonly groups: readonly PipelineGroup[]
  /** What the engine still waits for, in words; nothing when it is ready. */
  readonly ready: () => Promise<readonly string[]>
}
