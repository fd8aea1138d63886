/**
 * `X-ClickHouse-Summary` of an answer. Rows that were read are told in whole granules of 8,192 and their bytes not at all:
 * tenants share granules, and the exact numbers would tell how much of others lies in them. Counts are certain only where
 * the client waits for the end (`wait_end_of_query=1`), as with a ClickHouse server.
 *
 * @param headers  of the store's answer, names in lower case
 */
export function summaryOf(headers: Readonly<Record<string, string>>, elapsed_ms: number): Summary {
  const said = JSON.parse(headers['x-clickhouse-summary'] ?? '{}') as Record<string, string>
  // The embedded engine counts the rows of the result where a server counts those it read, and none of the other kind.
  const is_embedded = headers['x-clickhouse-server-display-name'] === EMBEDDED
  const read_rows = is_embedded ? 0 : Number(said.read_rows ?? 0)
  return {
    read_rows: wholeGranules(read_rows),
    read_bytes: '0',
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: (is_embedded ? said.read_rows : said.result_rows) ?? '0',
    result_bytes: (is_embedded ? said.read_bytes : said.result_bytes) ?? '0',
    elapsed_ns: String(Math.round(elapsed_ms * 1e6)),
  }
}

/** Counts as texts, as ClickHouse sends them. */
export type Summary = Readonly<Record<string, string>>

/** A number of rows that were read, as it may be told. */
export function wholeGranules(rows: number | string): string {
  return String(Math.ceil(Number(rows) / GRANULE_ROWS) * GRANULE_ROWS)
}

const GRANULE_ROWS = 8_192
const EMBEDDED = 'omnify-embedded'
