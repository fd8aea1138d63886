import type { ModelRecord } from '../../models/evaluation/model-record.ts'
import { sumScores } from '../../pipelines/forecast/records.ts'
import type { Store } from '../../pipelines/store/client.ts'
import type { EntityKind } from '../../schemas/forecasts.ts'

/**
 * How a model's forecasts of one kind of entity have turned out for this tenant, by horizon: it goes with each forecast
 * that is told.
 *
 * @throws StoreError
 */
export async function recordsByHorizon(
  store: Store,
  tenant: string,
  model: string,
  kind: EntityKind,
  signal: AbortSignal,
): Promise<(horizon_days: number) => ModelRecord> {
  const sums = await sumScores(store, { tenant, model, entity_kinds: [kind] }, ['horizon_days'], { signal })
  const records = new Map(sums.map(({ key, record }) => [Number(key.horizon_days), record]))
  return (horizon_days) => records.get(horizon_days) ?? NOTHING_MATURED
}

const NOTHING_MATURED: ModelRecord = {
  matured: 0,
  score: null,
  skill: null,
  coverage_80: null,
  coverage_90: null,
  log_ratio_mean: null,
  log_ratio_sd: null,
}
