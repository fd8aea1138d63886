-- Webhooks: who is told of alerts, how far each one is, and what came of every attempt.

CREATE TABLE IF NOT EXISTS webhooks
(
    `tenant` LowCardinality(String),
    `id` String,
    `version` UInt64,
    `removed` UInt8,
    `definition` String,
    `secrets_sealed` String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
;

-- Written by whoever delivers. A place never goes back, whoever writes last; a new epoch begins at another place.
CREATE TABLE IF NOT EXISTS webhook_places
(
    `tenant` LowCardinality(String),
    `webhook` String,
    `epoch` UInt32,
    `next_offset` SimpleAggregateFunction(max, Int64),
    `gone` SimpleAggregateFunction(max, UInt8)
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, webhook, epoch)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
;

-- `next_at_ms` is 0 where nothing follows. The last row of a message says whether it is still to be delivered.
CREATE TABLE IF NOT EXISTS webhook_deliveries
(
    `tenant` LowCardinality(String),
    `webhook` String,
    `at_ms` Int64,
    `message` String,
    `attempt` UInt32,
    `cause` LowCardinality(String),
    `_offset` Int64,
    `outcome` LowCardinality(String),
    `status` UInt16,
    `detail` String,
    `duration_ms` UInt32,
    `next_at_ms` Int64
)
ENGINE = MergeTree
ORDER BY (tenant, webhook, at_ms, message)
TTL toDateTime(intDiv(at_ms, 1000)) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
;
