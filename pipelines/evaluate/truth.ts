import type { ForecastBatch, ForecastRecord } from '../../schemas/forecasts.ts'
import type { Store } from '../store/client.ts'

/**
 * What became of the forecasts of one model. Each model gives its own; the evaluation knows none of them.
 */
export type TruthSource = {
  /** Name of the model, without its version. */
  readonly model: string
  /**
   * How far the scope of a batch has been read by the time of its own events, ms since 1970; undefined for unknown ones.
   *
   * @throws StoreError
   */
  watermarks(store: Store): Promise<(batch: ForecastBatch) => number | undefined>
  /**
   * Of each batch, a hash of all that its truth is summed from: where it is another one, the truth has changed.
   *
   * @throws StoreError
   */
  hashes(store: Store, batches: readonly ForecastBatch[], signal: AbortSignal): Promise<readonly bigint[]>
  /**
   * The truths of a batch: an amount, or 1 and 0; null where it cannot be known (a creative that its owner stopped),
   * which is not scored.
   *
   * @throws StoreError
   */
  truths(
    store: Store,
    batch: ForecastBatch,
    signal: AbortSignal,
  ): Promise<(forecast: Pick<ForecastRecord, 'entity_kind' | 'entity' | 'metric'>) => number | null>
}
