-- API keys with scopes. A row never changes: what happens to a key later is a row beside it. Keys from before have no
-- scopes of their own and may do everything.
ALTER TABLE api_keys ADD COLUMN IF NOT EXISTS scopes String DEFAULT '';
ALTER TABLE api_keys ADD COLUMN IF NOT EXISTS created_ms Int64 DEFAULT 0;
CREATE TABLE IF NOT EXISTS api_key_ends
(
    `id` String,
    `kind` LowCardinality(String),
    `at_ms` Int64
)
ENGINE = MergeTree
ORDER BY (id, kind)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
;
CREATE TABLE IF NOT EXISTS api_key_uses
(
    `id` String,
    `used_ms` Int64
)
ENGINE = ReplacingMergeTree(used_ms)
ORDER BY id
;
