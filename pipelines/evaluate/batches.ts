import type { ForecastBatch } from '../../schemas/forecasts.ts'
import type { Store } from '../store/client.ts'

/** A batch whose time has come by somebody's watermark, and what was scored of it. */
export type MaturedBatch = ForecastBatch & {
  readonly matures_ms: number
  /** Forecasts that say something. */
  readonly forecasts: number
  /** The newest revision of its scores: −1 where there is none, how many rows it has, and of which truth. */
  readonly revision: number
  readonly scores: number
  readonly truth_hash: bigint
}

/**
 * The newest event of all, ms since 1970: nobody's forecasts mature behind it, and what has not matured by it need not
 * be counted.
 *
 * @throws StoreError
 */
export async function readNewest(store: Store): Promise<number> {
  const rows = await store.query<[string]>(
    'SELECT toString(max(occurred_ms)) FROM watermarks',
    {},
    { format: 'JSONCompactEachRow' },
  )
  return Number(rows[0]?.[0] ?? 0)
}

/**
 * Batches of a model that mature by `until_ms`, oldest first, of each origin the last edition only: an earlier one was
 * made before all of its customers were known, and was replaced for that.
 *
 * @throws StoreError
 */
export async function readMatured(store: Store, model: string, until_ms: number): Promise<MaturedBatch[]> {
  const key = 'tenant, model, scope, currency, origin, horizon_days'
  const rows = await store.query<
    [string, string, string, string, number, number, number, string, string, number, string, string]
  >(
    `SELECT tenant, model, scope, currency, toUInt16(origin), horizon_days, edition, toString(matures), toString(forecasts),
       if(scored.scores = 0 OR scored.scores IS NULL, -1, toInt32(scored.revision)), toString(ifNull(scored.scores, 0)),
       toString(ifNull(scored.truth, 0))
     FROM (
       SELECT ${key}, edition, toUnixTimestamp64Milli(max(matures_at)) AS matures,
         countIf(mean IS NOT NULL OR probability IS NOT NULL) AS forecasts
       FROM forecasts WHERE startsWith(model, {model:String} || '@') AND matures_at <= fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
       GROUP BY ${key}, edition ORDER BY edition DESC LIMIT 1 BY ${key}) AS made
     LEFT JOIN (
       SELECT ${key}, edition, revision, count() AS scores, any(truth_hash) AS truth FROM forecast_scores
       WHERE startsWith(model, {model:String} || '@')
       GROUP BY ${key}, edition, revision ORDER BY revision DESC LIMIT 1 BY ${key}, edition) AS scored
     USING (${key}, edition)
     WHERE forecasts > 0 ORDER BY origin, horizon_days, tenant, model, scope, currency`,
    { model, until_ms },
    { format: 'JSONCompactEachRow' },
  )
  return rows.map(([tenant, name, scope, currency, origin, horizon_days, edition, ...rest]) => ({
    ...{ tenant, model: name, scope, currency, origin, horizon_days, edition },
    matures_ms: Number(rest[0]),
    forecasts: Number(rest[1]),
    revision: rest[2],
    scores: Number(rest[3]),
    truth_hash: BigInt(rest[4]),
  }))
}
