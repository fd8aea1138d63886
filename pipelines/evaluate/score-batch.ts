import { scoreOf } from '../../models/evaluation/score.ts'
import type { ScoreRecord } from '../../schemas/forecasts.ts'
import { readForecasts } from '../forecast/read.ts'
import { writeScores } from '../forecast/store.ts'
import type { Store } from '../store/client.ts'
import type { MaturedBatch } from './batches.ts'
import type { TruthSource } from './truth.ts'

/** Forecasts that are read and scored at a time. */
const ROWS_MAX = 1_000_000

/**
 * Scores a matured batch: for the first time, where it was cut off, or again where its truth has changed since.
 *
 * @returns how many scores were new
 * @throws StoreError
 */
export async function scoreBatch(
  store: Store,
  source: TruthSource,
  batch: MaturedBatch,
  truth_hash: bigint,
  watermark_ms: number,
  signal: AbortSignal,
): Promise<number> {
  const { currency, edition, horizon_days, model, origin, scope, tenant } = batch
  const filter = { tenant, model, scope, currency, origin, horizon_days, edition }
  const truthOf = await source.truths(store, batch, signal)
  const forecasts = await readForecasts(store, filter, { limit: ROWS_MAX, request: { signal } })
  const revision = batch.revision < 0 ? 0 : batch.truth_hash === truth_hash ? batch.revision : batch.revision + 1
  const scores = forecasts.flatMap((forecast): ScoreRecord[] => {
    if (forecast.quantiles === null && forecast.probability === null) return []
    const actual = truthOf(forecast)
    if (actual === null) return []
    const { entity, entity_kind, metric } = forecast
    return [
      { ...filter, entity_kind, entity, metric, revision, watermark_ms, truth_hash, ...scoreOf(forecast, actual) },
    ]
  })
  return writeScores(store, scores)
}
