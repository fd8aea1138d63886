import type { Clock, RandomBytes } from '../../pipelines/clock.ts'
import type { Log } from '../../pipelines/log/port.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import type { Checkpoints } from './checkpoint.ts'
import type { Mapping } from './mapping/format.ts'
import type { Query } from './write/rejects.ts'

export type ImportDeps = {
  readonly log: Log
  readonly vault: Vault
  readonly store: Query
  readonly checkpoints: Checkpoints
  readonly clock: Clock
  readonly random: RandomBytes
  /**
   * Resolves when the facts pipeline has committed these offsets, one per partition of `omnify.events` (the next to
   * be read; 0 where there is nothing to wait for), so that what lies before them can be queried.
   */
  waitVisible(ends: readonly number[]): Promise<void>
  /** How much is read and handed over at a time; `LIMITS` when absent. Small ones let tests stop anywhere. */
  readonly sizes?: { readonly chunk_bytes: number; readonly batch_bytes: number }
}

export type ImportJob = {
  readonly path: string
  readonly tenant: Tenant
  readonly mapping: Mapping
  /** Instead of the mapping's. */
  readonly currency?: string | undefined
  readonly zone?: string | undefined
  /** Stops at the next batch; the same job goes on from there. */
  readonly signal?: AbortSignal | undefined
}

/** read = accepted + duplicate + rejected; orphaned is within accepted. */
export type ImportCounts = {
  readonly read: number
  readonly accepted: number
  readonly duplicate: number
  readonly rejected: number
  readonly orphaned: number
}

export type ImportResult = ImportCounts & {
  readonly run: string
  /** The first reason of each code and path that this process saw, with how often it did; most frequent first. */
  readonly reasons: readonly RejectReason[]
}

export type RejectReason = {
  readonly code: string
  readonly path: string
  /** Of the first such line, with its number. */
  readonly reason: string
  readonly count: number
}

export type ImportProgress = {
  /** Of the file as it lies on disk. */
  readonly bytes: number
  readonly bytes_total: number
  readonly lines: number
  /** Lines per second since the start of this process's part. */
  readonly rate: number
  /** Reading and sending, then waiting until all can be queried. */
  readonly phase: 'sending' | 'waiting'
}

/** The counts of several files together, as the command's last line shows them. */
export function addCounts(all: readonly ImportCounts[]): ImportCounts {
  const sum = { read: 0, accepted: 0, duplicate: 0, rejected: 0, orphaned: 0 }
  for (const counts of all) for (const key of Object.keys(sum) as (keyof ImportCounts)[]) sum[key] += counts[key]
  return sum
}
