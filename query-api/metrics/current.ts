import type { Binder } from './binder.ts'
import { asOf, rangeConditions, type Scope } from './group.ts'

/**
 * The current observation of everything in a fact table: of each id the one with the greatest `occurred_at`, then the
 * greatest offset (observations of one id share a partition), among those observed by `as_of`.
 *
 * An edit may move an order to another day, so an id counts where its newest observation lies: all observations of the
 * ids of the range are looked at, and the range, as every other condition (`where`), is applied to what won.
 */
export function currentRows(
  table: string,
  columns: readonly string[],
  scope: Scope,
  bind: Binder['bind'],
  where = '1',
): string {
  const tenant = `tenant = ${bind(scope.tenant, 'String')}${asOf(scope, bind)}`
  const { range, time_zone } = scope
  const wide = time_zone === undefined ? range : { from: minus(range.from), to: plus(range.to) }
  const days = rangeConditions({ ...scope, range: wide, time_zone: undefined }, bind)
  const inRange = days.join(' AND ')
  const ids =
    days.length === 0
      ? ''
      : ` AND ((${inRange}) OR id_hash IN (SELECT id_hash FROM ${table} WHERE ${tenant} AND ${inRange}))`
  const shown = ['id_hash', 'day', ...columns, '_offset'].join(', ')
  // Sorting once costs half of what argMax over a tuple of texts costs.
  const newest = `SELECT ${shown} FROM ${table} WHERE ${tenant}${ids} ORDER BY occurred_at DESC, _offset DESC LIMIT 1 BY id_hash`
  return `SELECT * FROM (${newest}) WHERE ${[...days, where].join(' AND ')}`
}

function minus(day: number | undefined): number | undefined {
  return day === undefined ? undefined : day - 2
}

function plus(day: number | undefined): number | undefined {
  return day === undefined ? undefined : day + 2
}

/** Which orders count: test and voided ones are left out, cancelled ones count with their refunds. */
export const ORDER_COUNTS = `test = 0 AND status != 'voided'`
/** Which money movements are refunds. */
export const REFUND_COUNTS = `kind = 'refund' AND success = 1 AND test = 0`

/** Start of the local hour of an instant, as a UTC DateTime, from the row's own offset. */
export function hourStart(at: string, offset_min: string): string {
  const shift = `toInt64(${offset_min}) * 60`
  return `toDateTime(intDiv(toUnixTimestamp64Milli(${at}) + ${shift} * 1000, 3600000) * 3600 - ${shift}, 'UTC')`
}
