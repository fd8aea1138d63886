/** What a statement took. */
export type StatementCost = {
  /** The embedded engine counts those of the result: how many it read it does not say. */
  readonly rows_read: number
  /**
   * Seconds of processor time. The embedded store measures them; a server says how long it took, which is taken for them.
   */
  readonly cpu_seconds: number
}

/**
 * What the header `X-ClickHouse-Summary` says. Of a result that is streamed it goes out before the end, and so says less
 * than the whole.
 *
 * @param headers  of a response, names in lower case
 */
export function costOf(headers: Readonly<Record<string, unknown>> | undefined): StatementCost {
  const text = headers?.['x-clickhouse-summary']
  if (typeof text !== 'string') return NOTHING
  const summary = JSON.parse(text) as Readonly<Record<string, string | undefined>>
  const ns = summary.cpu_ns ?? summary.elapsed_ns ?? 0
  return { rows_read: Number(summary.read_rows ?? 0), cpu_seconds: Number(ns) / 1e9 }
}

const NOTHING: StatementCost = { rows_read: 0, cpu_seconds: 0 }
