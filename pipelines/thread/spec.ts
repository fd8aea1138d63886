import type { LogSpec } from '../log/spec.ts'
import type { RunnerOptions } from '../runner/options.ts'
import type { StoreOptions } from '../store/client.ts'
import type { TenantsOptions } from '../tenants/open.ts'
import type { VaultOptions } from '../vault/open.ts'
import type { RebuildAsked, RebuildTold } from './rebuilds.ts'
import type { WorkerMessage, WorkerRequest } from './worker.ts'

/** Everything a thread needs to run pipelines by itself; plain data that may be posted to it. */
export type PipelinesSpec = {
  readonly log: LogSpec
  readonly store: StoreOptions
  readonly vault: VaultOptions
  readonly tenants: TenantsOptions
  readonly runner: RunnerOptions
  readonly filter_file?: string
}

/** What the thread is told. */
export type ThreadRequest = WorkerRequest | RebuildAsked

/** What the thread says. */
export type ThreadMessage =
  | WorkerMessage
  | RebuildTold
  | {
      readonly kind: 'batch'
      readonly partition: number
      readonly hi: number
      readonly records: number
      readonly rows: number
      readonly took_ms: number
    }
