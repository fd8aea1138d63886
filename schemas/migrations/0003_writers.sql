-- Who may write: the newest writer of each (pipeline, topic, partition). An insert of an older one selects nothing.
CREATE TABLE IF NOT EXISTS generations
(
    `pipeline` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `generation` UInt64,
    `writer` String
)
ENGINE = MergeTree
ORDER BY (pipeline, _topic, _partition, generation)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
;

-- Dead letters that were sent again: a failed event is open while it is not in here.
CREATE TABLE IF NOT EXISTS replays
(
    `tenant` LowCardinality(String),
    `_topic` LowCardinality(String),
    `_partition` UInt16,
    `_offset` Int64,
    `_row` UInt16,
    `run` LowCardinality(String),
    `replayed_at` DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (tenant, _topic, _partition, _offset, _row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
;
