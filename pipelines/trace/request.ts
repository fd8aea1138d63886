export type TraceRequest = {
  readonly tenant: string
  /** Of the event, as its source gave it. */
  readonly id: string
  /** Every source and type when absent. */
  readonly source?: string
  readonly type?: string
  /** Read all of the log that is kept, which finds duplicates too; else only what the pipeline has not read yet. */
  readonly whole_log?: boolean
}
