import type { Table } from '../../schemas/tables.ts'
import { WINDOW_SETS, WINDOW_SUMS, windowTable } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { AppendRecord } from '../log/port.ts'
import type { ColumnBuilder, NumbersBuilder } from '../store/native/builder.ts'
import { FixedStringBuilder } from '../store/native/fixed.ts'
import { LowCardinalityBuilder } from '../store/native/low-cardinality.ts'
import { Int64Builder } from '../store/native/wide.ts'
import type { Page } from './page.ts'

/** Appends every changed cell of the pages as a row to the columns of its window table, a column at a time. */
export function windowRows(
  pages: readonly Page[],
  partition: number,
  version: bigint,
  hi: number,
  columnsOf: (table: Table) => readonly ColumnBuilder[],
): void {
  for (const page of pages) {
    const table = TABLES.get(page.set.name)!
    const builders = columnsOf(table)
    const labels = page.set.dimensions.length + 2
    const first_label = page.set.grain === 'day' ? 3 : 4
    for (const [at, { name }] of table.columns.entries()) {
      const builder = builders[at]!
      const label = at - first_label
      if (label >= 0 && label < labels) appendLabels(builder, page, label)
      else if (name === 'tenant') appendTenant(builder, page)
      else if (name === 'cell') appendHashes(builder, page)
      else if (name === 'version') appendVersion(builder, page, version)
      else if (name === 'applied') appendEach(builder, page, (cell) => Math.max(hi, page.appliedOf(cell)))
      else if (name === 'day') appendEach(builder, page, () => page.day)
      else if (name === 'start') appendEach(builder, page, (cell) => page.startOf(cell) / 1000)
      else if (name === '_partition') appendEach(builder, page, () => partition)
      else appendSums(builder, page, WINDOW_SUMS.indexOf(name))
    }
  }
}

function appendTenant(builder: ColumnBuilder, { dirty, tenant }: Page): void {
  as(builder, LowCardinalityBuilder).appendRepeated(tenant, dirty.length)
}

function appendLabels(builder: ColumnBuilder, page: Page, label: number): void {
  const { dirty } = page
  for (let n = 0; n < dirty.length; n++) builder.append(page.labelsOf(dirty[n]!)[label]!)
}

function appendHashes(builder: ColumnBuilder, { dirty, hashes }: Page): void {
  const column = as(builder, FixedStringBuilder)
  for (let n = 0; n < dirty.length; n++) {
    const at = dirty[n]! * 4
    column.appendWords(hashes[at]!, hashes[at + 1]!, hashes[at + 2]!, hashes[at + 3]!)
  }
}

function appendVersion(builder: ColumnBuilder, { dirty }: Page, version: bigint): void {
  const column = as(builder, Int64Builder)
  const [low, high] = [Number(version & 0xffff_ffffn), Number(version >> 32n)]
  for (let n = 0; n < dirty.length; n++) column.appendHalves(low, high)
}

/** `applied` is never less than what the stored row had: after a crash a batch may end before it. */
function appendEach(builder: ColumnBuilder, { dirty }: Page, value: (cell: number) => number): void {
  const values = room(dirty.length)
  for (let n = 0; n < dirty.length; n++) values[n] = value(dirty[n]!)
  ;(builder as NumbersBuilder).appendNumbers(values, dirty.length)
}

function appendSums(builder: ColumnBuilder, page: Page, place: number): void {
  const { dirty } = page
  const values = room(dirty.length)
  if (page.copySums(place, values)) (builder as NumbersBuilder).appendNumbers(values, dirty.length)
  else for (let n = 0; n < dirty.length; n++) builder.append(page.sum(dirty[n]!, place))
}

function as<T extends ColumnBuilder>(builder: ColumnBuilder, kind: abstract new (...args: never[]) => T): T {
  if (builder instanceof kind) return builder
  throw new TypeError(`a window's column is built by ${builder.constructor.name}, not ${kind.name}`)
}

// Filled and read within one synchronous call.
let scratch = new Float64Array(1_024)
function room(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count * 2)
  return scratch
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
              cells: page.dirty.map((cell) => cellOf(page, cell)),
            }),
      }),
    ),
  }))
}

/** Start, labels and sums; without spreads, which cost an object for each of some thirty values. */
function cellOf(page: Page, cell: number): (number | string)[] {
  const labels = page.labelsOf(cell)
  const out: (number | string)[] = [page.startOf(cell)]
  for (let n = 0; n < labels.length; n++) out.push(labels[n]!)
  for (let place = 0; place < WINDOW_SUMS.length; place++) {
    const sum = page.sum(cell, place)
    out.push(typeof sum === 'bigint' ? sum.toString() : sum)
  }
  return out
}

const CELLS_IN_RECORD = 200
const TABLES: ReadonlyMap<string, Table> = new Map(WINDOW_SETS.map((set) => [set.name, windowTable(set)]))
