import { COMMERCE_SLICE, WINDOW_MEASURES } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { currentRows, hourStart, ORDER_COUNTS, REFUND_COUNTS } from './current.ts'
import { converted, missingRate, withRates } from './exchange.ts'
import { filterCondition, rangeConditions, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import type { Relation } from './resolve.ts'
import { CHAIN } from './slices.ts'
import { isPushed } from './windows-source.ts'

/**
 * The same rows as windows have, one per current fact: for questions that windows cannot answer, because they are as
 * of another time or convert each fact at the rate of its day.
 */
export function factRelation(plan: Plan, scope: Scope, needed: readonly string[], bind: Binder['bind']): Relation {
  const dims = ['platform', 'account', ...CHAIN.filter((d) => d === 'campaign' || needed.includes(d))]
  const columns = ['day', ...(scope.hourly ? ['start'] : []), ...dims]
  const parts: string[] = []
  if (plan.reads_delivery) parts.push(part(plan, scope, dims, DELIVERY, bind))
  if (plan.reads_commerce) parts.push(part(plan, scope, dims, ORDERS, bind), part(plan, scope, dims, REFUNDS, bind))
  const all = parts.join(' UNION ALL ')
  // A time zone cuts by instants, which only the rows themselves have.
  const within = scope.time_zone === undefined ? [] : rangeConditions(scope, bind)
  const pushed = [...within, ...scope.filters.filter(isPushed).map((f) => filterCondition(f, scope, bind))]
  const rows = pushed.length === 0 ? all : `SELECT * FROM (${all}) WHERE ${pushed.join(' AND ')}`
  return { columns, rows, keys: all }
}

type Kind = {
  readonly table: string
  readonly slice: string
  readonly start: string
  /** Columns needed of the table, besides dimensions and currency. */
  readonly columns: readonly string[]
  readonly where: string
  /** Sum → amount (nullable); the other sums are zero in these rows. */
  readonly amounts: Readonly<Record<string, string>>
}

const DELIVERY: Kind = {
  table: 'fact_delivery',
  slice: 'f.slice',
  start: 'assumeNotNull(f.hour_start)',
  columns: [
    'slice',
    'hour_start',
    'impressions',
    'clicks',
    'spend_micros',
    'conversions_micros',
    'claimed_micros',
    'video_views',
  ],
  where: '1',
  amounts: {
    impressions: 'f.impressions',
    clicks: 'f.clicks',
    spend_micros: 'f.spend_micros',
    conversions_micros: 'f.conversions_micros',
    claimed_micros: 'f.claimed_micros',
    video_views: 'f.video_views',
  },
}

const ORDERS: Kind = {
  table: 'fact_orders',
  slice: `'${COMMERCE_SLICE}'`,
  start: hourStart('f.ordered_at', 'f.utc_offset_min'),
  columns: ['ordered_at', 'utc_offset_min', 'total_micros', 'status', 'test'],
  where: ORDER_COUNTS,
  amounts: { orders: '1', gross_micros: 'f.total_micros' },
}

const REFUNDS: Kind = {
  table: 'fact_refunds',
  slice: `'${COMMERCE_SLICE}'`,
  start: hourStart('f.refunded_at', 'f.utc_offset_min'),
  columns: ['refunded_at', 'utc_offset_min', 'amount_micros', 'kind', 'success', 'test'],
  where: REFUND_COUNTS,
  amounts: { refunds: '1', refunds_micros: 'f.amount_micros' },
}

function part(plan: Plan, scope: Scope, dims: readonly string[], kind: Kind, bind: Binder['bind']): string {
  const { currency } = plan.request
  const current = `SELECT * FROM (${currentRows(kind.table, [...dims, 'currency', ...kind.columns], scope, bind)}) WHERE ${kind.where}${
    scope.hourly && kind === DELIVERY ? ' AND hour_start IS NOT NULL' : ''
  }`
  const rows = currency === undefined ? current : withRates(current, currency, scope, bind)
  const select = [
    'f.day AS day',
    ...(scope.hourly ? [`${kind.start} AS start`] : []),
    ...dims.map((d) => `toString(f.${d}) AS ${d}`),
    `${currency === undefined ? 'toString(f.currency)' : bind(currency, 'String')} AS currency`,
    `toString(${kind.slice}) AS slice`,
    'toInt64(1) AS n',
    ...sumColumns(plan.sums, kind.amounts, currency !== undefined),
  ]
  // Qualified by `f`, because the names of the amounts are those of the sums.
  return `SELECT ${select.join(', ')} FROM (${rows}) AS f`
}

/** One expression per sum, in order, each with its counter and, where money is converted, the count of missing rates. */
export function sumColumns(
  sums: readonly string[],
  amounts: Readonly<Record<string, string>>,
  convert: boolean,
): string[] {
  const columns = sums.map((name) => {
    const measure = WINDOW_MEASURES.find((m) => m.known === name)
    const amount = amounts[measure?.name ?? name]
    if (amount === undefined) return `${name.endsWith('_micros') ? 'toInt128(0)' : 'toInt64(0)'} AS ${name}`
    if (measure !== undefined) return `toInt64(${amount} IS NOT NULL) AS ${name}`
    if (convert && isMoney(name)) return `${converted(amount)} AS ${name}`
    return `${name.endsWith('_micros') ? 'toInt128' : 'toInt64'}(ifNull(${amount}, 0)) AS ${name}`
  })
  if (!convert) return columns
  const missing = sums
    .filter(isMoney)
    .map((name) => `${amounts[name] === undefined ? 'toInt64(0)' : missingRate(amounts[name])} AS ${name}_missing`)
  return [...columns, ...missing]
}

function isMoney(name: string): boolean {
  return name !== 'conversions_micros' && name.endsWith('_micros')
}
