import type { Table } from '../../schemas/tables.ts'
import { WINDOW_SETS, WINDOW_SUMS, windowTable } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { AppendRecord } from '../log/port.ts'
import type { ColumnBuilder } from '../store/native/builder.ts'
import { FixedStringBuilder } from '../store/native/fixed.ts'
import type { Page } from './page.ts'

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
    const hash = columns[isTimed ? 3 : 2]!
    if (!(hash instanceof FixedStringBuilder)) throw new TypeError(`${page.set.name} has its cell hash elsewhere`)
    const { hashes } = page
    for (const cell of page.dirty) {
      let at = 0
      columns[at++]!.append(page.tenant)
      columns[at++]!.append(page.day)
      if (isTimed) columns[at++]!.append(page.startOf(cell) / 1000)
      hash.appendWords(hashes[cell * 4]!, hashes[cell * 4 + 1]!, hashes[cell * 4 + 2]!, hashes[cell * 4 + 3]!)
      at++
      for (const label of page.labelsOf(cell)) columns[at++]!.append(label)
      columns[at++]!.append(partition)
      columns[at++]!.append(version)
      // Never less than what the stored row had: after a crash a batch may end before it.
      columns[at++]!.append(Math.max(hi, page.appliedOf(cell)))
      for (let place = 0; place < WINDOW_SUMS.length; place++) columns[at++]!.append(page.sum(cell, place))
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
                page.startOf(cell),
                ...page.labelsOf(cell),
                ...WINDOW_SUMS.map((_, place) => {
                  const sum = page.sum(cell, place)
                  return typeof sum === 'bigint' ? sum.toString() : sum
                }),
              ]),
            }),
      }),
    ),
  }))
}

const CELLS_IN_RECORD = 200
const TABLES: ReadonlyMap<string, Table> = new Map(WINDOW_SETS.map((set) => [set.name, windowTable(set)]))
