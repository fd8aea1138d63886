import { type StreamSpec, streamFactsTable, streamWindowsTable } from '../../schemas/streams.ts'
import type { Table } from '../../schemas/tables.ts'
import type { Store } from '../store/client.ts'

/**
 * Creates the tables of a stream where they are missing. Every insert is on disk before its offset is committed, as in
 * `schemas/migrations`.
 *
 * Facts lie in the order of the log: an insert is sorted as it comes, and a merge only puts parts behind one another.
 * Windows are found by their time, which is how pages of them are read back.
 */
export async function createStreamTables(store: Store, spec: StreamSpec): Promise<void> {
  for (const windows of spec.windows) {
    const key = ['start', ...windows.by.map(({ column }) => column), '_topic', '_partition']
    await store.command(create(streamWindowsTable(windows), 'ReplacingMergeTree(version)', key, ''))
  }
  for (const facts of spec.facts) {
    const key = ['_topic', '_partition', '_offset', '_row']
    await store.command(create(streamFactsTable(facts), 'MergeTree', key, ', merge_selector_base = 10'))
  }
}

function create({ columns, name }: Table, engine: string, key: readonly string[], settings: string): string {
  const lines = columns.map((column) => `\`${column.name}\` ${column.type}`).join(', ')
  const order = key.map((column) => `\`${column}\``).join(', ')
  return `CREATE TABLE IF NOT EXISTS \`${name}\` (${lines}) ENGINE = ${engine} ORDER BY (${order})
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000,
             min_bytes_for_wide_part = 100000000${settings}`
}
