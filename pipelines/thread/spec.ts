import type { LogShare } from '../log/embedded/open.ts'
import type { RunnerOptions } from '../runner/options.ts'
import type { StoreOptions } from '../store/client.ts'
import type { TenantsOptions } from '../tenants/open.ts'
import type { VaultOptions } from '../vault/open.ts'
import type { RebuildAsked, RebuildTold } from './rebuilds.ts'

/** Everything a thread needs to run pipelines by itself; plain data that may be posted to it. */
export type PipelinesSpec = {
  readonly log:
    | { readonly kind: 'embedded'; readonly share: LogShare }
    | { readonly kind: 'kafka'; readonly brokers: string }
  readonly store: StoreOptions
  readonly vault: VaultOptions
  readonly tenants: TenantsOptions
  readonly runner: RunnerOptions
  readonly filter_file?: string
}

/** What the thread is told. */
export type ThreadRequest = { readonly kind: 'stop' } | RebuildAsked

/** What the thread says. */
export type ThreadMessage =
  | RebuildTold
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  | {
      readonly kind: 'batch'
      readonly partition: number
      readonly hi: number
      readonly records: number
      readonly rows: number
      readonly took_ms: number
    }
