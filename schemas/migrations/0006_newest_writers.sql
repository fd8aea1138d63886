-- The newest writer of each partition as fenced inserts look it up: in memory, where `generations` takes a query of 5 ms.
-- A row replaces the one before it. Not persistent on purpose: what is forgotten fences every writer until it raises its
-- generation again, while a file that lost its last rows could let an old writer back in.
CREATE TABLE IF NOT EXISTS newest_writers
(
    `partition` String,
    `writer` String
)
ENGINE = Join(ANY, LEFT, `partition`)
SETTINGS persistent = 0, join_any_take_last_row = 1
;
