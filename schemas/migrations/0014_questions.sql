-- Questions that are answered later, their results in parts, and questions that have a name.
--
-- A job's row is written anew with every step; the greatest version counts. Results go with the hour in which they
-- expire: whole parts are dropped, nothing is rewritten.
CREATE TABLE IF NOT EXISTS jobs
(
    `tenant` LowCardinality(String),
    `id` String,
    `kind` LowCardinality(String),
    `question` String,
    `format` LowCardinality(String),
    `state` LowCardinality(String),
    `owner` String,
    `created_ms` Int64,
    `started_ms` Nullable(Int64),
    `finished_ms` Nullable(Int64),
    `beat_ms` Int64,
    `expires_ms` Int64,
    `rows` Nullable(Int64),
    `bytes` Int64,
    `type` String,
    `headers` String,
    `problem` String,
    `version` UInt64
)
ENGINE = ReplacingMergeTree(version)
TTL toDateTime(intDiv(expires_ms, 1000), 'UTC') DELETE
ORDER BY (tenant, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, merge_with_ttl_timeout = 600
;
CREATE TABLE IF NOT EXISTS job_parts
(
    `tenant` LowCardinality(String),
    `id` String,
    `part` UInt32,
    `body` String CODEC(NONE),
    `expires_at` DateTime('UTC')
)
ENGINE = MergeTree
PARTITION BY toStartOfHour(expires_at)
TTL expires_at DELETE
ORDER BY (tenant, id, part)
SETTINGS index_granularity = 1, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 600
;
-- A version never changes; the deduplication window lets exactly one of several inserts with its token in. An empty
-- definition deletes what was before it.
CREATE TABLE IF NOT EXISTS saved_queries
(
    `tenant` LowCardinality(String),
    `name` String,
    `version` UInt32,
    `definition` String,
    `saved_ms` Int64
)
ENGINE = MergeTree
ORDER BY (tenant, name, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 10000
;
