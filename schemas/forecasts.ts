import { restatementDays } from './platforms.ts'
import type { Table } from './tables.ts'

/**
 * A forecast as it was made: written before its truth, never changed. Whoever makes it again from the same events makes
 * the same row; where events came late, the same origin may get a further edition, and the first stays.
 */
export type ForecastRecord = ForecastKey & {
  /** Newest instant up to which the source had been read, ms since 1970. */
  readonly watermark_ms: number
  /** When it may be scored: see {@link maturesAt}. */
  readonly matures_ms: number
  /** Of an amount; null for a probability. Money in micros of `currency`. */
  readonly mean: number | null
  readonly quantiles: Quantiles | null
  /** Of an event; null for an amount. */
  readonly probability: number | null
  /** What the fixed naive model says: five quantiles, one probability, or nothing where it has nothing to go by. */
  readonly naive: readonly number[]
  /** Of all that the forecast was computed from. */
  readonly features_hash: bigint
  /** What a reader wants besides, as a JSON object: `{"p_alive":0.93}`. Scored by nobody. */
  readonly details: string
}

/** What makes a forecast the same forecast. */
export type ForecastKey = ForecastBatch & {
  readonly entity_kind: EntityKind
  readonly entity: string
  /** What is forecast: `value_micros`, `orders`, `fatigued`. */
  readonly metric: string
}

/** Forecasts that were made together, and mature together. */
export type ForecastBatch = {
  readonly tenant: string
  /** Name and version: `ltv@1`. */
  readonly model: string
  /** Within what the entity's id is unique: the source of a shop's orders, or `platform/account` of a creative. */
  readonly scope: string
  /** Of amounts; '' where there are none. */
  readonly currency: string
  /** The last day that was known, in days since 1970; local, as days of facts are. */
  readonly origin: number
  /** The forecast is about days origin + 1 … origin + horizon_days. */
  readonly horizon_days: number
  /** 0, and one more for each time that the origin was forecast again since events of before had come late. */
  readonly edition: number
}

export type EntityKind = 'shop' | 'customer' | 'cohort' | 'segment' | 'channel' | 'campaign' | 'creative'

/** Levels of the quantiles of every forecast of an amount, ascending. */
export const QUANTILE_LEVELS = [0.05, 0.1, 0.5, 0.9, 0.95] as const

export type Quantiles = {
  readonly q05: number
  readonly q10: number
  readonly q50: number
  readonly q90: number
  readonly q95: number
}

/** What a forecast turned out to be worth. Truth that changes later gives the next revision. */
export type ScoreRecord = ForecastKey & {
  readonly revision: number
  readonly watermark_ms: number
  /** An amount, or 1 where the event came and 0 where it did not. */
  readonly actual: number
  readonly probability: number | null
  /** `pinball`: mean over {@link QUANTILE_LEVELS}, times two. `brier`: squared error of a probability. Less is better. */
  readonly rule: 'pinball' | 'brier'
  readonly score: number
  /** The same of the naive model. */
  readonly naive_score: number | null
  /** Whether the truth lies from q10 to q90, and from q05 to q95. */
  readonly covered_80: boolean | null
  readonly covered_90: boolean | null
  /** ln(actual / mean); null where either is not above zero. */
  readonly log_ratio: number | null
  /** Of all that the truth was summed from: another one means that it changed. */
  readonly truth_hash: bigint
}

/**
 * When a forecast may be scored, ms since 1970: once the last day of its horizon is over everywhere and its source does
 * not restate it any more.
 *
 * @param platform as in `schemas/platforms.ts`; `shop` for orders
 */
export function maturesAt(origin: number, horizon_days: number, platform: string): number {
  return (origin + horizon_days + 1 + restatementDays(platform)) * DAY_MS + LAST_ZONE_MS
}

/** No zone is further behind UTC than 12 hours. */
const LAST_ZONE_MS = 12 * 3_600_000
const DAY_MS = 86_400_000

const LC = 'LowCardinality(String)'
const NUMBER = 'Nullable(Float64)'

const BATCH = {
  tenant: LC,
  model: LC,
  scope: LC,
  currency: LC,
  origin: 'Date',
  horizon_days: 'UInt16',
  edition: 'UInt16',
}
const KEY = { ...BATCH, entity_kind: LC, entity: 'String', metric: LC }
const WATERMARK = { watermark: "DateTime64(3, 'UTC')" }

export const forecasts: Table = {
  name: 'forecasts',
  columns: columns({
    ...KEY,
    ...WATERMARK,
    matures_at: "DateTime64(3, 'UTC')",
    mean: NUMBER,
    q05: NUMBER,
    q10: NUMBER,
    q50: NUMBER,
    q90: NUMBER,
    q95: NUMBER,
    probability: NUMBER,
    naive: 'Array(Float64)',
    features_hash: 'UInt64',
    details: 'String',
  }),
}

export const forecast_scores: Table = {
  name: 'forecast_scores',
  columns: columns({
    ...KEY,
    revision: 'UInt16',
    ...WATERMARK,
    actual: 'Float64',
    probability: NUMBER,
    rule: LC,
    score: 'Float64',
    naive_score: NUMBER,
    covered_80: 'Nullable(UInt8)',
    covered_90: 'Nullable(UInt8)',
    log_ratio: NUMBER,
    truth_hash: 'UInt64',
  }),
}

export const FORECAST_TABLES: readonly Table[] = [forecasts, forecast_scores]

function columns(spec: Readonly<Record<string, string>>): Table['columns'] {
  return Object.entries(spec).map(([name, type]) => ({ name, type }))
}
