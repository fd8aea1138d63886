import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { cellsOf } from '../../ingest/importer/read/cells.ts'
import { recordSplitter } from '../../ingest/importer/read/records.ts'
import type { Order } from '../../models/ltv/customers.ts'
import { decimal } from '../decimal.ts'
import { dayOf } from './days.ts'
import { fileError } from './file-error.ts'

/**
 * Orders from CSV (RFC 4180, also `.gz`): a header with the columns `customer`, `date` (YYYY-MM-DD, a time behind it is
 * left out) and `value`, wherever they stand; without a header these three in this order.
 *
 * @throws Error naming the file, and the line that cannot be read, the columns its header lacks, or that no order is in it
 */
export async function readOrders(file: string, signal: AbortSignal): Promise<Order[]> {
  const orders: Order[] = []
  let columns: Columns | null = null
  const fail = (line: number, reason: string): never => {
    throw new Error(`line ${line} of ${file}: ${reason}`)
  }
  const splitter = recordSplitter(
    { delimiter: ',', bytes: 0, lines: 0 },
    {
      record(text, line) {
        if (text.trim() === '') return
        const cells = cellsOf(text, ',').map((cell) => cell.trim())
        if (columns === null) {
          columns = columnsOf(cells, file)
          if (columns !== null) return
          columns = PLAIN
        }
        const order = orderOf(cells, columns)
        if (typeof order === 'string') fail(line, order)
        else orders.push(order)
      },
      bad: (_text, line, _code, reason) => fail(line, reason),
    },
  )
  const read = async (input: AsyncIterable<Buffer>) => {
    for await (const chunk of input) splitter.push(chunk)
  }
  const source = createReadStream(file)
  try {
    if (file.endsWith('.gz')) await pipeline(source, createGunzip(), read, { signal })
    else await pipeline(source, read, { signal })
  } catch (error) {
    throw fileError(file, error)
  }
  splitter.end()
  if (orders.length === 0) throw new Error(`${file} has no orders: lines of ${NAMES} are needed`)
  return orders
}

type Columns = { readonly customer: number; readonly date: number; readonly value: number }
const PLAIN: Columns = { customer: 0, date: 1, value: 2 }

const NAMES = ['customer', 'date', 'value'] as const

/**
 * @returns null where the line is no header
 * @throws Error where it is one that lacks a column
 */
function columnsOf(cells: readonly string[], file: string): Columns | null {
  const names = cells.map((cell) => cell.replace(/^\uFEFF/, '').toLowerCase())
  const [customer, date, value] = NAMES.map((name) => names.indexOf(name)) as [number, number, number]
  const missing = NAMES.filter((name) => !names.includes(name))
  if (missing.length === 0) return { customer, date, value }
  // A customer may be called "date"; what reads as an order is one. Words without a digit are names of other columns.
  if (typeof orderOf(cells, PLAIN) !== 'string') return null
  if (missing.length === NAMES.length && /\d/.test(cells.join())) return null
  throw new Error(`the header of ${file} has no ${missing.join(', ')}`)
}

/** @returns what is wrong, where something is */
function orderOf(cells: readonly string[], columns: Columns): Order | string {
  const [customer, date, text] = [cells[columns.customer], cells[columns.date], cells[columns.value]]
  if (customer === undefined || customer === '') return 'there is no customer'
  const day = dayOf(date ?? '')
  if (day === null) return `"${date ?? ''}" is no date like 2026-01-31`
  const value = decimal(text ?? '')
  if (value === null) return `"${text ?? ''}" is no value of an order`
  return { customer, day, value }
}
