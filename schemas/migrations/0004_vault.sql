-- Wrapped keys of personal data, where several machines share them. What is erased is deleted by a mutation, which
-- writes the parts anew; the old parts go within seconds (old_parts_lifetime alone leaves them for a minute or more:
-- the thread that removes them looks only every cleanup_delay_period).
-- The deduplication window lets exactly one of several inserts with the same token in: the first tenant key wins.

CREATE TABLE IF NOT EXISTS tenant_keys
(
    `tenant` String,
    `wrapped` String
)
ENGINE = MergeTree
ORDER BY tenant
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 10000
;

CREATE TABLE IF NOT EXISTS subject_keys
(
    `tenant` LowCardinality(String),
    `subject` FixedString(32),
    `id` String,
    `wrapped` String,
    INDEX by_id id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, subject)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 1, cleanup_delay_period = 1, max_cleanup_delay_period = 3, cleanup_delay_period_random_add = 0, index_granularity = 512
;

CREATE TABLE IF NOT EXISTS subject_links
(
    `tenant` LowCardinality(String),
    `handle` FixedString(32),
    `subject` FixedString(32)
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, handle, subject)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 1, cleanup_delay_period = 1, max_cleanup_delay_period = 3, cleanup_delay_period_random_add = 0
;

CREATE TABLE IF NOT EXISTS erasures
(
    `tenant` LowCardinality(String),
    `erased_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (tenant, erased_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
;
