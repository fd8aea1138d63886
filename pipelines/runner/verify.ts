import type { Table } from '../../schemas/tables.ts'
import type { Store } from '../store/client.ts'
import { NEWEST, type Writer } from './fence.ts'
import type { PresentRows } from './stage.ts'

/**
 * Asks every table which rows it holds from the first uncommitted offset on. An insert that reached several partitions
 * of a table is not atomic, so an offset that is present is not yet complete: rows are compared one by one.
 *
 * At most one batch can be there uncommitted, so the answer is as large as a batch.
 */
export async function presentRows(
  store: Store,
  tables: readonly Table[],
  topic: string,
  partition: number,
  committed: number,
): Promise<PresentRows> {
  const found = new Map<string, Set<number>>()
  let size = 0
  for (const table of tables) {
    const rows = await store.query<[string | number, number]>(
      `SELECT _offset, _row FROM ${table.name}
       WHERE _topic = {topic:String} AND _partition = {partition:UInt16} AND _offset >= {committed:Int64}`,
      { topic, partition, committed },
      { format: 'JSONCompactEachRow' },
    )
    if (rows.length === 0) continue
    found.set(table.name, new Set(rows.map(([offset, row]) => place(Number(offset), Number(row)))))
    size += rows.length
  }
  return { size, has: (table, offset, row) => found.get(table)?.has(place(offset, row)) ?? false }
}

/**
 * Takes out what attempts before have written of records that the store then refused: they have become dead letters,
 * and a record is either an event or a dead letter. Only the newest writer removes anything.
 */
export async function removeRows(
  store: Store,
  writer: Writer,
  tables: readonly Table[],
  offsets: readonly number[],
): Promise<void> {
  const { pipeline, topic, partition, name } = writer
  for (const table of tables) {
    await store.command(
      `DELETE FROM ${table.name}
       WHERE _topic = {topic:String} AND _partition = {partition:UInt16} AND _offset IN {offsets:Array(Int64)}
         AND (${NEWEST}) = {writer:String}`,
      { pipeline, topic, partition, offsets, writer: name },
    )
  }
}

/** Exact in a double up to offset 2^37: 137 billion records in one partition. */
function place(offset: number, row: number): number {
  return offset * 65_536 + row
}
