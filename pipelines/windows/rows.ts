import type { Table } from '../../schemas/tables.ts'
import { WINDOW_SETS, windowTable } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { AppendRecord } from '../log/port.ts'
import type { Page } from './cells.ts'

/** Hands every changed cell of the pages over as a row of its window table. */
export function windowRows(
  pages: readonly Page[],
  partition: number,
  version: bigint,
  hi: number,
  add: (table: Table, row: readonly unknown[]) => void,
): void {
  for (const page of pages) {
    const table = TABLES.get(page.set.name)!
    const start = page.set.grain !== 'day'
    for (const cell of page.dirty) {
      const row: unknown[] = [page.tenant, page.day]
      if (start) row.push(cell.start_ms / 1000)
      for (const value of cell.dimensions) row.push(value)
      // Never less than what the stored row had: after a crash a batch may end before it.
      row.push(cell.currency, cell.slice, partition, version, Math.max(hi, cell.applied))
      for (const sum of cell.sums) row.push(sum)
      add(table, row)
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
