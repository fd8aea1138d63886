import { buffer } from 'node:stream/consumers'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Params, RequestOptions, Store } from '../../pipelines/store/client.ts'
import { storeErrorOf } from '../../pipelines/store/errors.ts'
import { isMoneySum, WINDOW_SUMS } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import { binder } from '../metrics/binder.ts'
import type { KeyPool } from './key-pool.ts'
import { type CellRow, type DayPage, KEY_FIELDS, pageOf } from './page.ts'
import { RowBinaryReader } from './row-binary.ts'
import type { Shape } from './shapes.ts'

/** More cells than this are not for being held: adding them up takes longer than the store does. */
export const CELLS_A_LOAD = 60_000
/** Decoded without a break: about a millisecond. */
const CELLS_A_STRETCH = 1_000

/**
 * Reads days of a tenant, in one statement; days without rows too, as empty pages.
 *
 * @param days days since 1970, ascending
 * @param pool where the keys of the cells come from
 * @returns undefined where there are too many cells, or a sum that a double cannot hold
 * @throws StoreError
 */
export async function loadDays(
  store: Store,
  shape: Shape,
  tenant: string,
  days: readonly number[],
  pool: KeyPool,
  request: RequestOptions,
): Promise<DayPage[] | undefined> {
  const { bind, statement } = binder()
  const labels = [...KEY_FIELDS, 'slice', ...shape.extra]
  const [first, last] = [days[0]!, days.at(-1)!]
  const wanted =
    last - first === days.length - 1
      ? `day >= ${bind(formatDay(first), 'Date')} AND day <= ${bind(formatDay(last), 'Date')}`
      : `day IN ${bind(days.map(formatDay), 'Array(Date)')}`
  const sql = [
    `SELECT day, ${labels.join(', ')}, ${WINDOW_SUMS.map((name) => `sum(${name})`).join(', ')}`,
    `FROM ${shape.table} FINAL WHERE tenant = ${bind(tenant, 'String')} AND ${wanted}`,
    `GROUP BY day, ${labels.join(', ')} LIMIT ${CELLS_A_LOAD + 1}`,
  ].join(' ')
  const cells = await decoded(await bytesOf(store, sql, statement(sql).params, request), shape, pool)
  if (cells.length > CELLS_A_LOAD || cells.some(({ sums }) => sums.some(Number.isNaN))) return undefined
  const byDay = Map.groupBy(cells, ({ day }) => day)
  return days.map((day) => pageOf(day, byDay.get(day) ?? [], shape.extra.length))
}

async function bytesOf(store: Store, sql: string, params: Params, request: RequestOptions): Promise<Buffer> {
  const { stream } = await store.queryRaw(sql, { ...request, format: 'RowBinary', params })
  try {
    return await buffer(stream)
  } catch (cause) {
    throw storeErrorOf(cause, 'in the store, reading days')
  }
}

async function decoded(bytes: Buffer, { extra }: Shape, pool: KeyPool): Promise<CellRow[]> {
  const reader = new RowBinaryReader(bytes)
  const rows: CellRow[] = []
  while (!reader.done) {
    if (rows.length % CELLS_A_STRETCH === CELLS_A_STRETCH - 1) await breathe()
    rows.push({
      day: reader.date(),
      key: pool.of(KEY_FIELDS.map(() => reader.text())),
      slice: reader.text(),
      extra: extra.map(() => reader.text()),
      sums: IS_MONEY.map((wide) => (wide ? reader.int128() : reader.int64())),
    })
  }
  return rows
}

const IS_MONEY = WINDOW_SUMS.map(isMoneySum)
