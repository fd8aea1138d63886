import type { Settings } from '../../pipelines/store/client.ts'
import { SQL_LIMITS, STREAMED } from '../sql/limits.ts'
import { BiError, CODES } from './errors.ts'

/**
 * What becomes of a setting that a client sends, by name: how values look and what a query means is taken as it is; a
 * limit is taken as far as it is below ours; anything else that the engine knows is dropped, for drivers send dozens
 * which only ever meant their own comfort. A name that the engine does not know is refused as the engine does (115).
 *
 * @throws BiError 36 for a value that the setting cannot have, 115 for a name that nobody knows
 */
export function settingsFrom(asked: ReadonlyMap<string, string>, known: ReadonlySet<string>): Settings {
  const taken: Record<string, string | number> = { ...DEFAULTS }
  for (const [name, value] of asked) {
    const rule = RULES[name]
    if (rule !== undefined) {
      const result = rule(value)
      if (result === undefined)
        throw new BiError(CODES.BAD_ARGUMENTS, `The setting ${name} cannot be '${value.slice(0, 60)}'`)
      if (known.has(name)) taken[name] = result
    } else if (!known.has(name) && !HTTP_ONLY.has(name)) {
      throw new BiError(CODES.UNKNOWN_SETTING, `Unknown setting '${name.slice(0, 100)}'`)
    }
  }
  return taken
}

/** How values look where the client says nothing: as ClickHouse writes them, but never as a number that a double cuts. */
const DEFAULTS: Settings = {
  ...STREAMED,
  date_time_output_format: 'simple',
  // They count rows and bytes of granules, in which rows of other tenants may lie.
  output_format_write_statistics: 0,
}

/** @returns the value to use; undefined for one that cannot be */
type Rule = (value: string) => string | number | undefined

const flag: Rule = (value) => {
  const lower = value.toLowerCase()
  if (lower === 'true' || lower === '1') return 1
  return lower === 'false' || lower === '0' ? 0 : undefined
}

const oneOf =
  (...values: string[]): Rule =>
  (value) =>
    values.find((known) => known.toLowerCase() === value.toLowerCase())

/** 0 means no limit to ClickHouse: ours. */
const upTo =
  (max: number): Rule =>
  (value) => {
    const number = /^\d{1,18}(?:\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN
    if (Number.isNaN(number)) return undefined
    return number === 0 ? max : Math.min(number, max)
  }

const count: Rule = (value) => (/^\d{1,18}$/.test(value) ? value : undefined)
const short: Rule = (value) => (value.length <= 8 && !/[\p{Cc}]/u.test(value.replace('\t', '')) ? value : undefined)
const zone: Rule = (value) => (/^[A-Za-z0-9_+\-/]{0,60}$/.test(value) ? value : undefined)

/** Adding one is a line. None of them may lift a limit or let a question see more than its tenant's rows. */
const RULES: Readonly<Record<string, Rule>> = {
  // How values look.
  date_time_output_format: oneOf('simple', 'iso', 'unix_timestamp', 'unix_timestamp_microseconds'),
  date_time_input_format: oneOf('basic', 'best_effort', 'best_effort_us'),
  session_timezone: zone,
  output_format_json_quote_64bit_integers: flag,
  output_format_json_quote_64bit_floats: flag,
  output_format_json_quote_denormals: flag,
  output_format_json_quote_decimals: flag,
  output_format_json_escape_forward_slashes: flag,
  output_format_json_named_tuples_as_objects: flag,
  output_format_json_skip_null_value_in_named_tuples: flag,
  output_format_json_array_of_rows: flag,
  output_format_json_map_as_array_of_tuples: flag,
  output_format_json_pretty_print: flag,
  output_format_decimal_trailing_zeros: flag,
  output_format_csv_crlf_end_of_line: flag,
  output_format_csv_serialize_tuple_into_separate_columns: flag,
  output_format_tsv_crlf_end_of_line: flag,
  output_format_pretty_color: oneOf('0', '1', 'auto'),
  output_format_pretty_max_rows: count,
  output_format_pretty_row_numbers: flag,
  output_format_arrow_string_as_string: flag,
  output_format_arrow_low_cardinality_as_dictionary: flag,
  output_format_arrow_fixed_string_as_fixed_byte_array: flag,
  output_format_arrow_compression_method: oneOf('none', 'lz4_frame', 'zstd'),
  output_format_parquet_string_as_string: flag,
  output_format_parquet_fixed_string_as_fixed_byte_array: flag,
  output_format_parquet_datetime_as_uint32: flag,
  output_format_parquet_compression_method: oneOf('snappy', 'lz4', 'brotli', 'zstd', 'gzip', 'none'),
  output_format_parquet_row_group_size: upTo(1_000_000),
  output_format_binary_encode_types_in_binary_format: flag,
  output_format_binary_write_json_as_string: flag,
  output_format_native_encode_types_in_binary_format: flag,
  output_format_native_write_json_as_string: flag,
  output_format_native_use_flattened_dynamic_and_json_serialization: flag,
  format_csv_delimiter: short,
  format_csv_null_representation: short,
  format_tsv_null_representation: short,
  bool_true_representation: short,
  bool_false_representation: short,
  extremes: flag,
  // What a question means.
  join_use_nulls: flag,
  group_by_use_nulls: flag,
  transform_null_in: flag,
  aggregate_functions_null_for_empty: flag,
  empty_result_for_aggregation_by_empty_set: flag,
  union_default_mode: oneOf('', 'ALL', 'DISTINCT'),
  except_default_mode: oneOf('', 'ALL', 'DISTINCT'),
  intersect_default_mode: oneOf('', 'ALL', 'DISTINCT'),
  join_default_strictness: oneOf('', 'ALL', 'ANY'),
  cast_keep_nullable: flag,
  prefer_column_name_to_alias: flag,
  enable_positional_arguments: flag,
  decimal_check_overflow: flag,
  limit: count,
  offset: count,
  // Limits.
  max_result_rows: count,
  max_result_bytes: count,
  result_overflow_mode: oneOf('throw', 'break'),
  max_execution_time: upTo(Number(STREAMED.max_execution_time)),
  max_memory_usage: upTo(600_000_000),
  max_rows_to_read: upTo(SQL_LIMITS.rows_read_max),
  max_threads: upTo(2),
}

/** Names that old drivers send and engines have never had, or no longer have. */
const HTTP_ONLY: ReadonlySet<string> = new Set([
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'enable_http_compression',
  'http_zlib_compression_level',
  'max_size',
  'product',
])
