-- Rebuilds of derived tables: what each has done, by partition. Its decision is one insert for all of them.
CREATE TABLE IF NOT EXISTS rebuilds
(
    `pipeline` LowCardinality(String),
    `id` String,
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `step` LowCardinality(String),
    `as_of` Int64 DEFAULT -1,
    `generation` UInt64 DEFAULT 0,
    `at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (pipeline, _topic, _partition, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
;
