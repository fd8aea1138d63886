-- Facts: every observation is kept, append-only. A row names the record it came from (_topic, _partition, _offset, _row).
-- fsync: an insert is on disk before its offset is committed; a power cut counts as a fault. Parts below 100 MB are
-- compact: a wide one of 30 columns costs 108 syncs.

CREATE TABLE IF NOT EXISTS fact_delivery
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `asset_group` LowCardinality(String),
    `level` LowCardinality(String),
    `slice` LowCardinality(String),
    `hour_start` Nullable(DateTime('UTC')),
    `time_zone` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `segment` LowCardinality(String),
    `attribution_setting` LowCardinality(String),
    `currency` LowCardinality(String),
    `impressions` Nullable(Int64),
    `clicks` Nullable(Int64),
    `spend_micros` Nullable(Int64),
    `conversions_micros` Nullable(Int64),
    `claimed_micros` Nullable(Int64),
    `reach` Nullable(Int64),
    `frequency_micros` Nullable(Int64),
    `video_views` Nullable(Int64),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_conversions
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `slice` LowCardinality(String),
    `currency` LowCardinality(String),
    `action_type` LowCardinality(String),
    `window` LowCardinality(String),
    `time_basis` LowCardinality(String),
    `count_micros` Nullable(Int64),
    `value_micros` Nullable(Int64),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset, _row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_orders
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `ordered_at` DateTime64(3, 'UTC'),
    `utc_offset_min` Int16,
    `time_zone` LowCardinality(String),
    `currency` LowCardinality(String),
    `total_micros` Int64,
    `subtotal_micros` Nullable(Int64),
    `tax_micros` Nullable(Int64),
    `shipping_micros` Nullable(Int64),
    `discount_micros` Nullable(Int64),
    `status` LowCardinality(String),
    `cancelled_at` Nullable(DateTime64(3, 'UTC')),
    `test` UInt8,
    `customer` String,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `landing_page` String,
    `email_hmac` String,
    `phone_hmac` String,
    `personal` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_order_lines
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `line` String,
    `product` LowCardinality(String),
    `variant` LowCardinality(String),
    `title` String,
    `quantity` Int64,
    `price_micros` Int64,
    `discount_micros` Nullable(Int64),
    `currency` LowCardinality(String),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset, _row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_refunds
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `order` String,
    `refunded_at` DateTime64(3, 'UTC'),
    `utc_offset_min` Int16,
    `time_zone` LowCardinality(String),
    `currency` LowCardinality(String),
    `amount_micros` Nullable(Int64),
    `kind` LowCardinality(String),
    `success` UInt8,
    `test` UInt8,
    `customer` String,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_refund_lines
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `order` String,
    `line` String,
    `product` LowCardinality(String),
    `quantity` Int64,
    `amount_micros` Nullable(Int64),
    `currency` LowCardinality(String),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset, _row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_entities
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `kind` LowCardinality(String),
    `entity` String,
    `name` String,
    `status` LowCardinality(String),
    `objective` LowCardinality(String),
    `daily_budget_micros` Nullable(Int64),
    `lifetime_budget_micros` Nullable(Int64),
    `currency` LowCardinality(String),
    `time_zone` LowCardinality(String),
    `valid_from` DateTime64(3, 'UTC'),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, platform, account, kind, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_customers
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `kind` LowCardinality(String),
    `customer` String,
    `created_at` Nullable(DateTime64(3, 'UTC')),
    `country` LowCardinality(String),
    `tags` Array(String),
    `segment` LowCardinality(String),
    `channel` LowCardinality(String),
    `pipeline` LowCardinality(String),
    `stage` LowCardinality(String),
    `status` LowCardinality(String),
    `value_micros` Nullable(Int64),
    `currency` LowCardinality(String),
    `email_hmac` String,
    `phone_hmac` String,
    `personal` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, customer, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_products
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `product` String,
    `variant` String,
    `title` String,
    `currency` LowCardinality(String),
    `price_micros` Nullable(Int64),
    `available` Nullable(UInt8),
    `stock` Nullable(Int64),
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, product, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_touches
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `kind` LowCardinality(String),
    `visitor` String,
    `customer` String,
    `session` String,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `utm_source` LowCardinality(String),
    `utm_medium` LowCardinality(String),
    `utm_campaign` LowCardinality(String),
    `utm_content` LowCardinality(String),
    `utm_term` LowCardinality(String),
    `click_ids` String,
    `landing_page` String,
    `referrer` String,
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `email_hmac` String,
    `phone_hmac` String,
    `personal` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_web_events
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `kind` LowCardinality(String),
    `name` LowCardinality(String),
    `visitor` String,
    `customer` String,
    `session` String,
    `order` String,
    `product` LowCardinality(String),
    `quantity` Nullable(Int64),
    `value_micros` Nullable(Int64),
    `currency` LowCardinality(String),
    `page` String,
    `referrer` String,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `country` LowCardinality(String),
    `device` LowCardinality(String),
    `email_hmac` String,
    `phone_hmac` String,
    `personal` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, kind, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_changes
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `platform` LowCardinality(String),
    `account` LowCardinality(String),
    `campaign` LowCardinality(String),
    `ad_group` LowCardinality(String),
    `ad` LowCardinality(String),
    `creative` LowCardinality(String),
    `entity_kind` LowCardinality(String),
    `entity` String,
    `actor` LowCardinality(String),
    `field` LowCardinality(String),
    `old` String,
    `new` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, day, platform, id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_fx_rates
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `base` LowCardinality(String),
    `quote` LowCardinality(String),
    `rate_e9` Int64,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, base, quote, day, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS fact_holidays
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `id` String,
    `id_hash` FixedString(16),
    `occurred_at` DateTime64(3, 'UTC'),
    `received_at` DateTime64(3, 'UTC'),
    `day` Date,
    `country` LowCardinality(String),
    `name` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, country, day, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS identities
(
    `id_hash` FixedString(16),
    `content` UInt64,
    `tenant` LowCardinality(String),
    `type` LowCardinality(String),
    `day` Date,
    `occurred_ms` Int64,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16
)
ENGINE = MergeTree
ORDER BY (id_hash, _offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000, index_granularity = 512
;

CREATE TABLE IF NOT EXISTS failed_events
(
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `type` LowCardinality(String),
    `schema_version` UInt16,
    `pipeline` LowCardinality(String),
    `stage` LowCardinality(String),
    `code` LowCardinality(String),
    `path` String,
    `reason` String,
    `failed_at` DateTime64(3, 'UTC'),
    `raw_sealed` String,
    `run` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    INDEX by_offset _offset TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (tenant, failed_at, _topic, _partition, _offset, _row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

CREATE TABLE IF NOT EXISTS watermarks
(
    `pipeline` LowCardinality(String),
    `tenant` LowCardinality(String),
    `source` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `occurred_ms` Int64,
    `events` Int64,
    `version` UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (pipeline, tenant, source, _topic, _partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 100000000
;

