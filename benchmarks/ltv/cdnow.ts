import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Opportunities } from '../../models/ltv/bg-bb.ts'
import { customersAt, type Transactions, transactionsOf } from '../../models/ltv/customers.ts'
import type { Spending } from '../../models/ltv/gamma-gamma.ts'
import { type Rows, toRows } from '../../models/ltv/rows.ts'

/** Day 0 of CDNOW, 1997-01-01, in days since 1970. */
export const CDNOW_DAY_0 = 9862
/** The last day of its data, counted from day 0. */
export const CDNOW_LAST = 545
/** 1997-09-30, the cut of the papers. */
export const CDNOW_CUT = CDNOW_DAY_0 + 272

/** All 23,570 customers. @param folder of the data, read in place */
export function readCdnow(folder: string): Transactions[] {
  return read(join(folder, 'CDNOW_master.txt'), 1, ([customer, date, , value]) => [customer!, date!, value!])
}

/** The tenth of the papers. */
export function readCdnowSample(folder: string): Transactions[] {
  return read(join(folder, 'CDNOW_sample.txt'), 0, ([, customer, date, , value]) => [customer!, date!, value!])
}

/** 11,104 donors with six yearly opportunities. */
export function readDonations(folder: string): Opportunities[] {
  return linesOf(join(folder, 'donations.csv'), 1).map((line) => {
    const [x, t_x, n, weight] = line.split(',').map(Number) as [number, number, number, number]
    return { x, t_x, n, weight }
  })
}

/** What the buying models see of everybody at a cut. */
export function rowsOf(all: readonly Transactions[], cut_day: number): Rows {
  return toRows(
    customersAt(all, cut_day).map(({ transactions, first_day, last_day }) => ({
      x: transactions - 1,
      t_x: (last_day - first_day) / 7,
      T: (cut_day - first_day) / 7,
    })),
  )
}

/** What Gamma-Gamma sees in its paper: repeat orders with a value. */
export function spendingAgain(all: readonly Transactions[], cut_day: number): Spending {
  const paying = customersAt(all, cut_day).filter(({ paid_again }) => paid_again.count > 0)
  return {
    orders: Float64Array.from(paying, ({ paid_again }) => paid_again.count),
    mean_value: Float64Array.from(paying, ({ paid_again }) => paid_again.value / paid_again.count),
  }
}

type Pick3 = (cells: readonly string[]) => readonly [customer: string, date: string, value: string]

function read(file: string, header_lines: number, pick: Pick3): Transactions[] {
  return transactionsOf(
    linesOf(file, header_lines).map((line) => {
      const [customer, date, value] = pick(line.trim().split(/\s+/))
      const day =
        Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8))) / 86_400_000
      return { customer, day, value: Number(value) }
    }),
  )
}

function linesOf(file: string, header_lines: number): string[] {
  return readFileSync(file, 'utf8').trim().split('\n').slice(header_lines)
}
