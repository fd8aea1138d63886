-- Windows: absolute rows, one per key and source partition; a rewrite of the same key replaces the row.

CREATE TABLE IF NOT EXISTS windows_5m
(
    `tenant` LowCardinality(String),
    `day` Date,
    `start` DateTime('UTC'),
    `cell` FixedString(16),
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `currency` LowCardinality(String),
    `slice` LowCardinality(String),
    `_partition` UInt16,
    `version` UInt64,
    `applied` Int64,
    `n` Int64,
    `impressions` Int64,
    `impressions_n` Int64,
    `clicks` Int64,
    `clicks_n` Int64,
    `spend_micros` Int128,
    `spend_n` Int64,
    `conversions_micros` Int128,
    `conversions_n` Int64,
    `claimed_micros` Int128,
    `claimed_n` Int64,
    `video_views` Int64,
    `video_views_n` Int64,
    `orders` Int64,
    `gross_micros` Int128,
    `refunds` Int64,
    `refunds_micros` Int128,
    `refunds_n` Int64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(day)
TTL day + INTERVAL 31 DAY DELETE
ORDER BY (tenant, day, start, cell, _partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000, ttl_only_drop_parts = 1
;

CREATE TABLE IF NOT EXISTS windows_hour
(
    `tenant` LowCardinality(String),
    `day` Date,
    `start` DateTime('UTC'),
    `cell` FixedString(16),
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `currency` LowCardinality(String),
    `slice` LowCardinality(String),
    `_partition` UInt16,
    `version` UInt64,
    `applied` Int64,
    `n` Int64,
    `impressions` Int64,
    `impressions_n` Int64,
    `clicks` Int64,
    `clicks_n` Int64,
    `spend_micros` Int128,
    `spend_n` Int64,
    `conversions_micros` Int128,
    `conversions_n` Int64,
    `claimed_micros` Int128,
    `claimed_n` Int64,
    `video_views` Int64,
    `video_views_n` Int64,
    `orders` Int64,
    `gross_micros` Int128,
    `refunds` Int64,
    `refunds_micros` Int128,
    `refunds_n` Int64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, day, start, cell, _partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS windows_day
(
    `tenant` LowCardinality(String),
    `day` Date,
    `cell` FixedString(16),
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `currency` LowCardinality(String),
    `slice` LowCardinality(String),
    `_partition` UInt16,
    `version` UInt64,
    `applied` Int64,
    `n` Int64,
    `impressions` Int64,
    `impressions_n` Int64,
    `clicks` Int64,
    `clicks_n` Int64,
    `spend_micros` Int128,
    `spend_n` Int64,
    `conversions_micros` Int128,
    `conversions_n` Int64,
    `claimed_micros` Int128,
    `claimed_n` Int64,
    `video_views` Int64,
    `video_views_n` Int64,
    `orders` Int64,
    `gross_micros` Int128,
    `refunds` Int64,
    `refunds_micros` Int128,
    `refunds_n` Int64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, day, cell, _partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS windows_day_campaign
(
    `tenant` LowCardinality(String),
    `day` Date,
    `cell` FixedString(16),
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `currency` LowCardinality(String),
    `slice` LowCardinality(String),
    `_partition` UInt16,
    `version` UInt64,
    `applied` Int64,
    `n` Int64,
    `impressions` Int64,
    `impressions_n` Int64,
    `clicks` Int64,
    `clicks_n` Int64,
    `spend_micros` Int128,
    `spend_n` Int64,
    `conversions_micros` Int128,
    `conversions_n` Int64,
    `claimed_micros` Int128,
    `claimed_n` Int64,
    `video_views` Int64,
    `video_views_n` Int64,
    `orders` Int64,
    `gross_micros` Int128,
    `refunds` Int64,
    `refunds_micros` Int128,
    `refunds_n` Int64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, day, cell, _partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

