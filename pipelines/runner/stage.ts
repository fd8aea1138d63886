import type { Table } from '../../schemas/tables.ts'
import type { Clock } from '../clock.ts'
import type { AppendRecord, Claim } from '../log/port.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { Writer } from './fence.ts'

/**
 * A pipeline turns records of one topic into rows of tables. The runner knows nothing of the rows; the pipeline knows
 * nothing of offsets, generations and retries.
 */
export type Pipeline = {
  readonly name: string
  readonly topic: string
  /** Version of the rows it writes: part of the deduplication token. */
  readonly schema_version: number
  /** Tables it appends the rows of events to; each is asked on every start which rows of the open range it already has. */
  readonly appends: readonly Table[]
  /** The table it appends a row to for a record that is no event; asked as well. */
  readonly failures: Table
  /** Waited for before a writer begins: somebody else may want to finish something first. Nothing depends on it. */
  ready?(claim: Claim, waiting: Waiting): Promise<void>
  /** State for one partition, from its assignment until it is revoked or a batch failed. */
  open(partition: PartitionContext): Promise<PartitionStage>
}

export type Waiting = { readonly clock: Clock; readonly sleep: (ms: number) => Promise<void> }

export type PartitionContext = {
  readonly claim: Claim
  /** We, as the store knows us. */
  readonly writer: Writer
  /** Appends to the log at once, not with a batch. */
  readonly emit: (emit: Emit) => Promise<void>
  /** Newest generation of this partition in the store: ours. Part of every derived row's version. */
  readonly generation: number
  /** First offset that is not committed. */
  readonly committed: number
  /** Rows of append tables that are there although their offset was not committed: they must not be written again. */
  readonly present: PresentRows
  /** Records that the store refused by themselves: they become dead letters with this reason. */
  readonly poisoned: ReadonlyMap<number, string>
}

export type PartitionStage = {
  /**
   * Rows for a batch of records, deterministically: the same records after the same offsets give the same rows.
   * The output's buffers are valid until the next call.
   */
  transform(records: RecordBatch): Promise<BatchOutput>
  /** The batch's rows and its offset are durable. */
  committed(): void
  close(): void
}

/**
 * Rows of `appends` and `failures` are inserted first and all others, which sum over records, only when the store has
 * taken those: what a refused record added to a sum could not be told from the rest any more.
 */
export type BatchOutput = {
  readonly blocks: readonly Block[]
  /** Appended to the log after the rows are in the store and before the offset is committed: at least once. */
  readonly emits: readonly Emit[]
}

/** Rows for one table in ClickHouse's Native format. */
export type Block = { readonly table: Table; readonly rows: number; readonly body: Buffer }

export type Emit = { readonly topic: string; readonly partition: number; readonly records: readonly AppendRecord[] }

/** Which (table, offset, row) are already stored. */
export type PresentRows = {
  readonly size: number
  has(table: string, offset: number, row: number): boolean
}
