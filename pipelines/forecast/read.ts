import type { EntityKind, ForecastRecord, Quantiles } from '../../schemas/forecasts.ts'
import type { Params, RequestOptions, Store } from '../store/client.ts'

/** Which forecasts: of one tenant, and narrower by whatever is given. */
export type ForecastFilter = {
  readonly tenant: string
  /** With or without a version: `ltv` is every version of it. */
  readonly model?: string
  readonly scope?: string
  readonly currency?: string
  readonly origin?: number
  readonly edition?: number
  readonly entity_kinds?: readonly EntityKind[]
  readonly entities?: readonly string[]
  readonly metric?: string
  readonly horizon_days?: number
}

/**
 * Forecasts as they were made, by batch, then entity. With `newest`, of each entity, metric and horizon only the one of
 * its newest origin and edition.
 *
 * @throws StoreError
 */
export async function readForecasts(
  store: Store,
  filter: ForecastFilter,
  { newest = false, limit = 100_000, request }: { newest?: boolean; limit?: number; request?: RequestOptions } = {},
): Promise<ForecastRecord[]> {
  const { where, params } = forecastCondition(filter)
  const order = 'model, scope, currency, entity_kind, entity, metric, horizon_days, origin DESC, edition DESC'
  const rows = await store.query<Row>(
    `SELECT * EXCEPT (tenant, origin, watermark, matures_at), toUInt16(origin) AS origin_day,
       toUnixTimestamp64Milli(watermark) AS watermark_at, toUnixTimestamp64Milli(matures_at) AS mature_at
     FROM forecasts FINAL WHERE ${where} ORDER BY ${order}
     ${newest ? 'LIMIT 1 BY model, scope, currency, entity_kind, entity, metric, horizon_days' : ''}
     LIMIT ${limit}`,
    params,
    request,
  )
  return rows.map((row) => recordOf(filter.tenant, row))
}

/** The condition on `forecasts` or `forecast_scores`, and what it binds. */
export function forecastCondition(filter: ForecastFilter): { readonly where: string; readonly params: Params } {
  const { entities, entity_kinds, model, origin, tenant, ...texts } = filter
  const where = ['tenant = {tenant:String}']
  const params: Record<string, unknown> = { tenant }
  const add = (name: string, condition: string, value: unknown) => {
    if (value === undefined) return
    where.push(condition)
    params[name] = value
  }
  if (model?.includes('@')) add('model', 'model = {model:String}', model)
  else add('model', "startsWith(model, {model:String} || '@')", model)
  add('kinds', 'entity_kind IN {kinds:Array(String)}', entity_kinds)
  add('entities', 'entity IN {entities:Array(String)}', entities)
  add('origin', 'origin = toDate({origin:UInt16})', origin)
  const types = { scope: 'String', currency: 'String', metric: 'String', horizon_days: 'UInt16', edition: 'UInt16' }
  for (const [name, type] of Object.entries(types)) {
    add(name, `${name} = {${name}:${type}}`, texts[name as keyof typeof texts])
  }
  return { where: where.join(' AND '), params }
}

type Row = {
  readonly [K in 'model' | 'scope' | 'currency' | 'entity' | 'metric' | 'features_hash' | 'details']: string
} & { readonly [K in 'origin_day' | 'horizon_days' | 'edition']: number } & {
  readonly [K in 'watermark_at' | 'mature_at']: string
} & { readonly [K in keyof Quantiles | 'mean' | 'probability']: number | null } & {
  readonly entity_kind: EntityKind
  readonly naive: readonly number[]
}

function recordOf(tenant: string, row: Row): ForecastRecord {
  const { q05, q10, q50, q90, q95, watermark_at, mature_at, origin_day, features_hash, ...same } = row
  return {
    ...same,
    tenant,
    origin: origin_day,
    watermark_ms: Number(watermark_at),
    matures_ms: Number(mature_at),
    quantiles:
      q05 === null || q10 === null || q50 === null || q90 === null || q95 === null ? null : { q05, q10, q50, q90, q95 },
    features_hash: BigInt(features_hash),
  }
}
