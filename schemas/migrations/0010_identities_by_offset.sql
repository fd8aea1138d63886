-- A start asks which identities came since an offset. They are ordered by hash, so that all but the newest parts have old
-- offsets only: the smallest and the greatest of 512 rows rule nearly all of them out.
ALTER TABLE identities ADD INDEX IF NOT EXISTS by_offset _offset TYPE minmax GRANULARITY 1;
