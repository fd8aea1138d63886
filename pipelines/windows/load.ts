import type { Micros } from '../../schemas/money.ts'
import { isMoneySum, WINDOW_SUMS, type WindowSet } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { toSum } from './contribution.ts'
import type { Page, StoredCell } from './page.ts'
import { hashOfHex } from './stored-hash.ts'

/** Fills pages of one set with what this partition has written of them before. */
export async function loadPages(
  store: Store,
  set: WindowSet,
  pages: readonly Page[],
  partition: number,
): Promise<void> {
  const byTenant = new Map<string, Map<number, Page>>()
  for (const page of pages) {
    let days = byTenant.get(page.tenant)
    if (days === undefined) {
      days = new Map()
      byTenant.set(page.tenant, days)
    }
    days.set(page.day, page)
  }
  for (const [tenant, days] of byTenant) {
    const rows = await store.query<unknown[]>(
      `SELECT toUInt32(day), ${set.grain === 'day' ? '0' : 'toUInt32(start)'}, applied, hex(cell), currency, slice,
              ${set.dimensions.join(', ')}, ${WINDOW_SUMS.map((name) => (isMoneySum(name) ? `toString(${name})` : name)).join(', ')}
       FROM ${set.name} FINAL
       WHERE tenant = {tenant:String} AND day IN {days:Array(Date)} AND _partition = {partition:UInt16}`,
      { tenant, partition, days: [...days.keys()].map(formatDay) },
      { format: 'JSONCompactEachRow' },
    )
    for (const row of rows) days.get(Number(row[0]))!.put(cellOf(row, set.dimensions.length))
  }
}

function cellOf(row: readonly unknown[], width: number): StoredCell {
  const dimensions = row.slice(6, 6 + width) as string[]
  const [currency, slice] = [row[4] as string, row[5] as string]
  return {
    start_ms: Number(row[1]) * 1000,
    applied: Number(row[2]),
    labels: [...dimensions, currency, slice],
    // As the table has it: a row that a bug has put under another hash must not pass for the right one.
    hash: hashOfHex(row[3] as string),
    sums: row.slice(6 + width).map((value) => toSum(value as Micros)),
  }
}
