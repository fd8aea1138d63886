-- Tenants and the hashes of their API keys, where several machines share them.

CREATE TABLE IF NOT EXISTS tenants
(
    `name` String,
    `currency` String,
    `zone` String
)
ENGINE = MergeTree
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 10000
;

CREATE TABLE IF NOT EXISTS api_keys
(
    `id` String,
    `tenant` String,
    `hash` String
)
ENGINE = MergeTree
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
;
