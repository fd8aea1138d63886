-- Alerts: every revision is a row and stays; a row that is written twice is one.

CREATE TABLE IF NOT EXISTS alerts
(
    `tenant` LowCardinality(String),
    `id` String,
    `revision` UInt32,
    `seq` UInt64,
    `state` LowCardinality(String),
    `kind` LowCardinality(String),
    `metric` LowCardinality(String),
    `grain` LowCardinality(String),
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `onset_at` DateTime64(3, 'UTC'),
    `detected_at` DateTime64(3, 'UTC'),
    `ended_at` Nullable(DateTime64(3, 'UTC')),
    `severity` LowCardinality(String),
    `cause_class` LowCardinality(String),
    `record` String,
    `life` String
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY (tenant, id, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
;

CREATE TABLE IF NOT EXISTS alert_settings
(
    `tenant` LowCardinality(String),
    `kind` LowCardinality(String),
    `id` String,
    `version` UInt64,
    `removed` UInt8,
    `body` String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, kind, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
;

CREATE TABLE IF NOT EXISTS detect_checkpoints
(
    `name` LowCardinality(String),
    `piece` String,
    `version` UInt64,
    `state` String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (name, piece)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
;
