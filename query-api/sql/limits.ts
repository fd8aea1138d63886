import type { Settings, Store } from '../../pipelines/store/client.ts'

/** What a statement of a tenant may take. Nothing in a statement can lift these: SETTINGS does not pass the gate. */
export const SQL_LIMITS = {
  /** Text of a statement, in bytes of UTF-8. */
  sql_bytes_max: 64 * 1024,
  /** Values of all parameters together, as JSON. The embedded store puts them into its statement. */
  params_bytes_max: 128 * 1024,
  /** Answers that are not streamed: JSON. */
  rows_max: 100_000,
  bytes_max: 16 * 1024 * 1024,
  /** Rows that a statement may read, in all its tables. */
  rows_read_max: 500_000_000,
  /** Time to run, in seconds. */
  seconds_max: 30,
  /** The same for an answer that is streamed: its reader may be slow. */
  stream_seconds_max: 300,
  /** Statements of one tenant at the same time, and of all. The store runs 8, and pipelines need it too. */
  running_per_tenant_max: 3,
  running_max: 5,
} as const

/**
 * Settings without which a question could see more than its rows, whatever the gate lets through.
 *
 * A filter that the engine moves below a tenant's own, or merges with it, is computed for rows of other tenants too
 * (they share granules at the edges), and an error or its absence tells of them: `WHERE intDiv(1, total - 5) = 0`. With
 * both off a question only sees what the view lets through. `test/query-api/sql/barrier.test.ts` holds this.
 */
const BARRIER: Settings = {
  query_plan_filter_push_down: 0,
  query_plan_merge_filters: 0,
}

const WANTED: Settings = {
  readonly: 1,
  enable_join_runtime_filters: 0,
  max_execution_time: SQL_LIMITS.seconds_max,
  timeout_overflow_mode: 'throw',
  max_memory_usage: 600_000_000,
  max_bytes_before_external_group_by: 200_000_000,
  max_bytes_before_external_sort: 100_000_000,
  max_temporary_data_on_disk_size_for_query: 4_000_000_000,
  max_bytes_in_join: 250_000_000,
  max_bytes_in_set: 300_000_000,
  max_bytes_in_distinct: 300_000_000,
  max_threads: 2,
  // The engine looks at its clock between blocks.
  max_block_size: 8_192,
  max_rows_to_read: SQL_LIMITS.rows_read_max,
  read_overflow_mode: 'throw',
  max_query_size: 262_144,
  max_ast_depth: 500,
  max_ast_elements: 20_000,
  max_expanded_ast_elements: 50_000,
  max_subquery_depth: 50,
  max_parser_backtracks: 100_000,
  max_recursive_cte_evaluation_depth: 1_000,
  function_range_max_elements_in_block: 10_000_000,
  max_analyze_depth: 2_000,
  allow_experimental_analyzer: 1,
  session_timezone: 'UTC',
  // A missing row of an outer join is NULL; pinned, since analysts see it.
  join_use_nulls: 1,
  // Texts may hold any bytes; an answer in JSON is UTF-8.
  output_format_json_validate_utf8: 1,
  output_format_arrow_compression_method: 'none',
}

/** Limits of answers that are held in memory. */
export const WHOLE: Settings = {
  max_result_rows: SQL_LIMITS.rows_max,
  max_result_bytes: SQL_LIMITS.bytes_max,
  result_overflow_mode: 'throw',
}

/** Limits of answers that are streamed. */
export const STREAMED: Settings = { max_execution_time: SQL_LIMITS.stream_seconds_max }

/**
 * The settings of every statement, as far as this version of the engine has them.
 *
 * @throws Error when it has not those that keep tenants apart
 */
export async function engineLimits(store: Store): Promise<Settings> {
  const rows = await store.query<{ name: string }>('SELECT name FROM system.settings WHERE NOT is_obsolete')
  const known = new Set(rows.map(({ name }) => name))
  const missing = Object.keys(BARRIER).filter((name) => !known.has(name))
  if (missing.length > 0)
    throw new Error(`this ClickHouse cannot keep tenants apart in SQL: it has no ${missing.join(', ')} (24.12 has)`)
  return Object.fromEntries(Object.entries({ ...WANTED, ...BARRIER }).filter(([name]) => known.has(name)))
}
