import { dimensionOf } from '../../schemas/metrics.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { Binder } from './binder.ts'
import type { Filter } from './request.ts'
import type { Range, Shift } from './times.ts'
import { instantsOf } from './times.ts'

/** What rows are asked for: the same for every source that they may come from. */
export type Scope = {
  readonly tenant: string
  readonly range: Range
  readonly shift: Shift | undefined
  readonly time_zone: string | undefined
  readonly hourly: boolean
  readonly filters: readonly Filter[]
  readonly as_of_ms: number | undefined
  /** Sources that were being received at `as_of_ms` (see receipts.ts); of the others only their own times count. */
  readonly live_sources?: readonly string[]
}

/** What says which observations were known. */
export type Known = Pick<Scope, 'tenant' | 'as_of_ms' | 'live_sources'>

/** The SQL of one key of a row: a time bucket, or the column itself. */
export function keyExpression(key: string, scope: Scope, bind: Binder['bind']): string {
  const day = shifted(dayOf(scope, bind), scope.shift)
  switch (key) {
    case 'hour':
      return shifted('start', scope.shift)
    case 'day':
      return day
    case 'week':
      return `toMonday(${day})`
    case 'month':
      return `toStartOfMonth(${day})`
    default:
      return key
  }
}

/** Conditions on tenant and time, on the columns `day` and `start`. */
export function rangeConditions(scope: Scope, bind: Binder['bind']): string[] {
  const { from, to } = scope.range
  const days = (first: number | undefined, end: number | undefined) => [
    ...(first === undefined ? [] : [`day >= ${bind(formatDay(Math.max(0, first)), 'Date')}`]),
    ...(end === undefined ? [] : [`day < ${bind(formatDay(end), 'Date')}`]),
  ]
  if (scope.time_zone === undefined) return days(from, to)
  const at = instantsOf(scope.range, scope.time_zone)
  return [
    // No two zones are more than a day apart in their dates: this lets the primary key find the rows.
    ...days(from === undefined ? undefined : from - 2, to === undefined ? undefined : to + 2),
    ...(at.from === undefined ? [] : [`start >= toDateTime(${bind(at.from, 'Int64')}, 'UTC')`]),
    ...(at.to === undefined ? [] : [`start < toDateTime(${bind(at.to, 'Int64')}, 'UTC')`]),
  ]
}

/**
 * A filter as a condition on columns in which unknown is ''. `ne` is the opposite of `eq`: what is unknown is not the
 * value, so that both together are everything. An order (`gt` and so on) has no place for what is unknown.
 */
export function filterCondition(filter: Filter, scope: Scope, bind: Binder['bind']): string {
  const dimension = dimensionOf.get(filter.field)!
  if (dimension.kind === 'name') return nameCondition(filter, dimension.of!, scope, bind)
  const expression = keyExpression(filter.field, scope, bind)
  if (dimension.kind === 'time') return compared(expression, filter, (v) => timeValue(filter.field, v!, bind))
  const condition = compared(expression, filter, (v) => bind(v ?? '', 'String'))
  return ORDERED.has(filter.op) ? `(${expression} != '' AND ${condition})` : condition
}

const ORDERED = new Set(['gt', 'gte', 'lt', 'lte'])
const SYMBOLS = { eq: '=', ne: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function compared(expression: string, { op, values }: Filter, value: (v: string | null) => string): string {
  // An empty list has nothing in it; a false condition says so in every version of SQL.
  if (op === 'in') return values.length === 0 ? '0' : `${expression} IN (${values.map(value).join(', ')})`
  return `${expression} ${SYMBOLS[op]} ${value(values[0]!)}`
}

function timeValue(field: string, value: string, bind: Binder['bind']): string {
  return field === 'hour'
    ? `toDateTime(${bind(Math.floor(Date.parse(value) / 1000), 'Int64')}, 'UTC')`
    : bind(value, 'Date')
}

/** By name: the ids whose newest name fulfils the condition. */
function nameCondition(filter: Filter, of: string, scope: Scope, bind: Binder['bind']): string {
  const positive = filter.op === 'ne' ? { ...filter, op: 'eq' as const } : filter
  const inner = compared('name', positive, (v) => bind(v ?? '', 'String'))
  const ids = `(platform, account, ${of}) ${filter.op === 'ne' ? 'NOT IN' : 'IN'} (SELECT platform, account, entity FROM (${newestNames(of, scope, bind)}) WHERE ${inner})`
  return filter.op === 'ne' ? ids : `(${of} != '' AND ${ids})`
}

/** platform, account, entity and name of every object of a kind, as it was observed last. */
export function newestNames(kind: string, scope: Known, bind: Binder['bind']): string {
  return [
    "SELECT platform, account, entity, argMaxIf(name, (occurred_at, _offset), name != '') AS name FROM fact_entities",
    `WHERE tenant = ${bind(scope.tenant, 'String')} AND kind = ${bind(kind, 'String')}${asOf(scope, bind)}`,
    'GROUP BY platform, account, entity',
  ].join(' ')
}

/** ` AND …` where the question is as of T: observed by then, and received by then where its source was. */
export function asOf(scope: Known, bind: Binder['bind']): string {
  return scope.as_of_ms === undefined ? '' : ` AND ${knownAt(scope.as_of_ms, scope.live_sources ?? [], bind)}`
}

/** Whether a row of a fact table was known at T, as a condition. */
export function knownAt(at_ms: number, live_sources: readonly string[], bind: Binder['bind']): string {
  const at = `fromUnixTimestamp64Milli(${bind(at_ms, 'Int64')}, 'UTC')`
  if (live_sources.length === 0) return `occurred_at <= ${at}`
  return `(occurred_at <= ${at} AND (received_at <= ${at} OR source NOT IN ${bind(live_sources, 'Array(String)')}))`
}

function dayOf(scope: Scope, bind: Binder['bind']): string {
  return scope.time_zone === undefined ? 'day' : `toDate(toTimeZone(start, ${bind(scope.time_zone, 'String')}))`
}

function shifted(expression: string, shift: Shift | undefined): string {
  if (shift === undefined) return expression
  const add = { day: 'addDays', month: 'addMonths', year: 'addYears' }[shift.unit]
  // Our own arithmetic on two checked dates: an integer, no text of the request.
  return `${add}(${expression}, ${Math.trunc(shift.by)})`
}
