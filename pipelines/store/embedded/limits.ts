/**
 * The limits of the embedded engine: made for two cores and 2 GB beside an engine process of 600 MB. A statement that
 * passes one gets ClickHouse's own error (241 memory, 202 too many), which callers treat as back-pressure.
 */
export const LIMITS = {
  /** Statements that run at the same time. More do not help two cores and each may hold memory. */
  running_max: 8,
  /** Statements that wait for a place. One more is refused with code 202. */
  waiting_max: 128,
  /** KILL QUERY and health checks have places of their own: they must work when everything else is stuck. */
  control_max: 2,
  /** libuv threads: every running statement holds one; the rest are for files and compression. */
  threads: 8 + 2 + 4,
  /** SQL text held in memory. Data of inserts is not counted: it goes to a file. */
  sql_bytes_max: 16 * 1024 * 1024,
  /** Data of one insert. */
  insert_bytes_max: 2 * 1024 ** 3,
  /** A result that is asked for as a whole may have this much in memory; a larger one goes through a file. */
  result_bytes_max: 16 * 1024 * 1024,
  /** The engine counts a constant column's bytes once for each block of rows. */
  result_rows_max: 100_000,
  /** Connections kept for the next statement with the same settings. */
  idle_connections_max: 24,
  /** A client that takes no bytes for this long loses its connection: its query holds a thread. */
  send_timeout_ms: 60_000,
  /** A request must have come in whole by then, the wait for a place included. */
  receive_timeout_ms: 300_000,
  /** URL and headers: an INSERT with its columns and their types goes into the URL. */
  head_in_bytes_max: 1024 * 1024,
  /** Held back before the headers go out, so that an early error has its status and a small result its summary. */
  head_bytes: 64 * 1024,
  /** Longer than the client keeps idle sockets, so that the client closes first. */
  keep_alive_ms: 30_000,
  /** How long running statements may take to end after a stop. */
  drain_ms: 3_000,
  /** A statement that runs this much longer than its own limit of time is ended with the process: `overdue.ts`. */
  overdue_ms: 15_000,
} as const

/** Settings of every connection before those of the request. */
export const CONNECTION_ARGS: readonly string[] = [
  '--max_threads=2',
  '--max_memory_usage=1000000000',
  // Spill instead of failing: big GROUP BY and ORDER BY use the disk from here on.
  '--max_bytes_before_external_group_by=400000000',
  '--max_bytes_before_external_sort=400000000',
  '--async_insert=0',
  // Writing a result on threads of its own costs a small one more than all the rest, and two cores gain little by it.
  '--output_format_parallel_formatting=0',
  // Both go by path and second of change, and the files of inserts are used again.
  '--use_cache_for_count_from_files=0',
  '--schema_inference_use_cache_for_file=0',
  // What `clickhouse local` has and a server has not.
  '--implicit_select=0',
]

/**
 * Server configuration; the caches of a default server alone may take 5 GB. They drop what is old by size only, and inserts
 * make new parts all the time, so sooner or later each is full, mostly of parts that are gone. A million rows have
 * 50 kB of marks (`system.parts`).
 */
export function engineConfig(): string {
  const options: Readonly<Record<string, string | number>> = {
    timezone: 'UTC',
    max_server_memory_usage: 1_450_000_000,
    mark_cache_size: 32 * 1024 * 1024,
    index_mark_cache_size: 8 * 1024 * 1024,
    primary_index_cache_size: 16 * 1024 * 1024,
    uncompressed_cache_size: 0,
    query_condition_cache_size: 8 * 1024 * 1024,
    compiled_expression_cache_size: 16 * 1024 * 1024,
    mmap_cache_size: 0,
    max_thread_pool_size: 400,
    // A statement takes several threads for a moment; ending and making them anew costs more than keeping them.
    max_thread_pool_free_size: 100,
    // A third of the weight of inserts and questions; the engine leaves it where it may not raise it again afterwards.
    os_threads_nice_value_merge_mutate: 5,
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_common_pool_size: 2,
    background_schedule_pool_size: 4,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
  }
  const body = Object.entries(options).map(([name, value]) => `  <${name}>${value}</${name}>`)
  return `<clickhouse>\n${body.join('\n')}\n</clickhouse>\n`
}
