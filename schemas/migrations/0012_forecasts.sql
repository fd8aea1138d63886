-- Forecasts and what became of them. Both are append-only: a row that is written again is the same row, which is all
-- that replacing does here. Ordered by what is made, read and scored together.

CREATE TABLE IF NOT EXISTS forecasts
(
    `tenant` LowCardinality(String),
    `model` LowCardinality(String),
    `scope` LowCardinality(String),
    `currency` LowCardinality(String),
    `origin` Date,
    `horizon_days` UInt16,
    `edition` UInt16,
    `entity_kind` LowCardinality(String),
    `entity` String,
    `metric` LowCardinality(String),
    `watermark` DateTime64(3, 'UTC'),
    `matures_at` DateTime64(3, 'UTC'),
    `mean` Nullable(Float64),
    `q05` Nullable(Float64),
    `q10` Nullable(Float64),
    `q50` Nullable(Float64),
    `q90` Nullable(Float64),
    `q95` Nullable(Float64),
    `probability` Nullable(Float64),
    `naive` Array(Float64),
    `features_hash` UInt64,
    `details` String
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, model, entity_kind, scope, currency, origin, edition, horizon_days, entity, metric)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS forecast_scores
(
    `tenant` LowCardinality(String),
    `model` LowCardinality(String),
    `scope` LowCardinality(String),
    `currency` LowCardinality(String),
    `origin` Date,
    `horizon_days` UInt16,
    `edition` UInt16,
    `entity_kind` LowCardinality(String),
    `entity` String,
    `metric` LowCardinality(String),
    `revision` UInt16,
    `watermark` DateTime64(3, 'UTC'),
    `actual` Float64,
    `probability` Nullable(Float64),
    `rule` LowCardinality(String),
    `score` Float64,
    `naive_score` Nullable(Float64),
    `covered_80` Nullable(UInt8),
    `covered_90` Nullable(UInt8),
    `log_ratio` Nullable(Float64),
    `truth_hash` UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, model, entity_kind, scope, currency, origin, edition, horizon_days, entity, metric, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;
