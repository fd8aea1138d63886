import type { Transform } from 'node:stream'
import type { Settings } from '../../pipelines/store/client.ts'
import { guardFormulas } from './guard-formulas.ts'
import { STREAMED, WHOLE } from './limits.ts'

/** How an answer to SQL goes out. The engine writes all of them; `whole` ones are held here before they are sent. */
export type SqlFormat = {
  readonly name: string
  readonly type: string
  /** The engine's name for it. */
  readonly engine: string
  readonly settings: Settings
  readonly whole: boolean
  readonly through?: () => Transform
}

/** The first is what is sent when nothing is asked for. Adding one is a line. */
export const SQL_FORMATS: readonly SqlFormat[] = [
  { name: 'json', type: 'application/json', engine: 'JSONCompact', settings: WHOLE, whole: true },
  { name: 'ndjson', type: 'application/x-ndjson', engine: 'JSONEachRow', settings: STREAMED, whole: false },
  {
    name: 'csv',
    type: 'text/csv',
    engine: 'CSVWithNames',
    settings: { ...STREAMED, output_format_csv_crlf_end_of_line: 1, format_csv_null_representation: '' },
    whole: false,
    through: guardFormulas,
  },
  {
    name: 'arrow',
    type: 'application/vnd.apache.arrow.stream',
    engine: 'ArrowStream',
    settings: STREAMED,
    whole: false,
  },
  {
    name: 'parquet',
    type: 'application/vnd.apache.parquet',
    engine: 'Parquet',
    // Groups of a million rows, several encoded at once, pass a statement's memory at 5 million rows.
    settings: {
      ...STREAMED,
      output_format_parquet_row_group_size: 100_000,
      output_format_parquet_parallel_encoding: 0,
    },
    whole: false,
  },
  {
    name: 'ClickHouseJSON',
    type: 'application/json',
    engine: 'JSON',
    // They count rows and bytes of granules, in which rows of other tenants may lie.
    settings: { ...STREAMED, output_format_write_statistics: 0 },
    whole: false,
  },
]
