import type { GroupPast } from '../../../../models/ltv/past.ts'
import type { Fitted } from '../../../../models/ltv/stream.ts'
import type { Insufficient } from '../../../../models/ltv/sufficient.ts'
import type { Quantiles } from '../../../../schemas/forecasts.ts'
import type { TransactionColumns } from '../transactions.ts'

/** What the thread is asked: plain data that may be posted to it. */
export type FitRequest = {
  /** Without the ids, which say nothing to a model: customers are told by their place. */
  readonly transactions: Omit<TransactionColumns, 'ids'>
  /** Names of the groups that each customer is in, by `group_of[place]` a list of names. */
  readonly groups: readonly (readonly string[])[]
  readonly group_of: Int32Array<ArrayBuffer>
  readonly cut_day: number
  readonly horizons: readonly number[]
  readonly seed: number
  /** Whether the quantiles of each customer are wanted, besides those of sums. */
  readonly each_customer: boolean
}

/** Sums of money in units of the currency. */
export type FittedSum = {
  readonly customers: number
  readonly mean: number
  readonly quantiles: Quantiles
  /** What the same customers had brought in as many days before the cut; null where the shop is younger. */
  readonly naive: number | null
}

export type FittedHorizon = {
  readonly horizon_days: number
  readonly total: FittedSum
  /** By the name of the group; a cohort's is `cohort\0` and the Monday of its week in days since 1970. */
  readonly groups: readonly (readonly [name: string, sum: FittedSum])[]
  /** {@link CUSTOMER_FIELDS} numbers for each customer, in the order of `places`; empty where not wanted. */
  readonly customers: Float64Array<ArrayBuffer>
}

export const CUSTOMER_FIELDS = ['p_alive', 'orders', 'mean', 'q05', 'q10', 'q50', 'q90', 'q95', 'naive'] as const

export type FitAnswer =
  | Insufficient
  | {
      readonly model: string
      readonly fitted: Fitted
      /** Of those who have bought something, in the transactions that were given. */
      readonly places: Int32Array<ArrayBuffer>
      readonly past: ReadonlyMap<string, GroupPast>
      readonly horizons: readonly FittedHorizon[]
    }

export type FitMessage =
  | { readonly kind: 'answer'; readonly answer: FitAnswer }
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined }
