import type { Table } from '../../schemas/tables.ts'
import { WINDOW_SETS, windowTable } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { AppendRecord } from '../log/port.ts'
import type { ColumnBuilder } from '../store/native/builder.ts'
import type { Page } from './cells.ts'

/** Appends every changed cell of the pages as a row to the columns of its window table. */
export function windowRows(
  pages: readonly Page[],
  partition: number,
  version: bigint,
  hi: number,
  columnsOf: (table: Table) => readonly ColumnBuilder[],
): void {
  for (const page of pages) {
    const columns = columnsOf(TABLES.get(page.set.name)!)
    const isTimed = page.set.grain !== 'day'
    for (const cell of page.dirty) {
      let at = 0
      columns[at++]!.append(page.tenant)
      columns[at++]!.append(page.day)
      if (isTimed) columns[at++]!.append(cell.start_ms / 1000)
      columns[at++]!.append(cell.hash)
      for (const value of cell.dimensions) columns[at++]!.append(value)
      columns[at++]!.append(cell.currency)
      columns[at++]!.append(cell.slice)
      columns[at++]!.append(partition)
      columns[at++]!.append(version)
      // Never less than what the stored row had: after a crash a batch may end before it.
      columns[at++]!.append(Math.max(hi, cell.applied))
      for (const sum of cell.sums) columns[at++]!.append(sum)
    }
  }
}

/**
 * What changed, for the stages that watch windows: one record per page, with the new sums where they are few, so that
 * a backfill of a year does not write every window twice.
 */
export function windowChanges(pages: readonly Page[], partition: number, version: bigint): AppendRecord[] {
  return pages.map((page) => ({
    key: Buffer.from(page.tenant),
    value: Buffer.from(
      JSON.stringify({
        set: page.set.name,
        tenant: page.tenant,
        day: formatDay(page.day),
        partition,
        version: version.toString(),
        changed: page.dirty.length,
        ...(page.dirty.length > CELLS_IN_RECORD
          ? {}
          : {
              cells: page.dirty.map((cell) => [
                cell.start_ms,
                ...cell.dimensions,
                cell.currency,
                cell.slice,
                ...cell.sums.map((sum) => (typeof sum === 'bigint' ? sum.toString() : sum)),
              ]),
            }),
      }),
    ),
  }))
}

const CELLS_IN_RECORD = 200
const TABLES: ReadonlyMap<string, Table> = new Map(WINDOW_SETS.map((set) => [set.name, windowTable(set)]))
