import { COMMERCE_SLICE, WINDOW_MEASURES } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { currentRows, hourStart, ORDER_COUNTS, REFUND_COUNTS } from './current.ts'
import { converted, missingRate, withRates } from './exchange.ts'
import { filterCondition, rangeConditions, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import type { Relation } from './resolve.ts'
import { CHAIN } from './slices.ts'
import { isOfKey, isPushed } from './windows-source.ts'

/**
 * The same rows as windows have, one per current fact: for questions that windows cannot answer, because they are as
 * of another time or convert each fact at the rate of its day.
 */
export function factRelation(plan: Plan, scope: Scope, needed: readonly string[], bind: Binder['bind']): Relation {
  const dims = ['platform', 'account', ...CHAIN.filter((d) => d === 'campaign' || needed.includes(d))]
  const columns = ['day', ...(scope.hourly ? ['start'] : []), ...dims]
  const kinds = [...(plan.reads_delivery ? [DELIVERY] : []), ...(plan.reads_commerce ? [ORDERS, REFUNDS] : [])]
  const all = (sums: readonly string[], names: readonly string[]) =>
    kinds.map((kind) => part({ ...plan, sums }, scope, names, kind, bind)).join(' UNION ALL ')
  // A time zone cuts by instants, which only the rows themselves have.
  const within = scope.time_zone === undefined ? [] : rangeConditions(scope, bind)
  const pushed = [...within, ...scope.filters.filter(isPushed).map((f) => filterCondition(f, scope, bind))]
  const whole = within.length === 0 && scope.filters.filter(isPushed).every((f) => isOfKey(f, scope))
  return {
    columns,
    from: `(${all(plan.sums, dims)})`,
    where: pushed,
    keys: whole ? undefined : all([], ['platform', 'account', 'campaign']),
  }
}

type Kind = {
  readonly table: string
  readonly slice: string
  readonly start: string
  /** Columns for `where`, `slice` and `start`. */
  readonly columns: readonly string[]
  readonly where: string
  /** Sum → column of its amount; null for one that each row counts once. The other sums are zero in these rows. */
  readonly amounts: Readonly<Record<string, string | null>>
}

const DELIVERY: Kind = {
  table: 'fact_delivery',
  slice: 'f.slice',
  start: 'assumeNotNull(f.hour_start)',
  columns: ['slice', 'hour_start'],
  where: '1',
  amounts: Object.fromEntries(
    ['impressions', 'clicks', 'spend_micros', 'conversions_micros', 'claimed_micros', 'video_views'].map((c) => [c, c]),
  ),
}

const ORDERS: Kind = {
  table: 'fact_orders',
  slice: `'${COMMERCE_SLICE}'`,
  start: hourStart('f.ordered_at', 'f.utc_offset_min'),
  columns: ['ordered_at', 'utc_offset_min', 'status', 'test'],
  where: ORDER_COUNTS,
  amounts: { orders: null, gross_micros: 'total_micros' },
}

const REFUNDS: Kind = {
  table: 'fact_refunds',
  slice: `'${COMMERCE_SLICE}'`,
  start: hourStart('f.refunded_at', 'f.utc_offset_min'),
  columns: ['refunded_at', 'utc_offset_min', 'kind', 'success', 'test'],
  where: REFUND_COUNTS,
  amounts: { refunds: null, refunds_micros: 'amount_micros' },
}

function part(plan: Plan, scope: Scope, dims: readonly string[], kind: Kind, bind: Binder['bind']): string {
  const { currency } = plan.request
  const amounts = plan.sums.flatMap((name) => kind.amounts[name] ?? [])
  const where = scope.hourly && kind === DELIVERY ? 'hour_start IS NOT NULL' : kind.where
  const current = currentRows(kind.table, [...dims, 'currency', ...kind.columns, ...amounts], scope, bind, where)
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

/** One expression per sum, in order, then the counts of missing rates where money is converted. */
function sumColumns(sums: readonly string[], amounts: Kind['amounts'], convert: boolean): string[] {
  const columns = sums.map((name) => {
    const type = name.endsWith('_micros') ? 'toInt128' : 'toInt64'
    const counted = WINDOW_MEASURES.find((m) => m.known === name)?.name
    const column = amounts[counted ?? name]
    if (column === undefined) return `${type}(0) AS ${name}`
    if (column === null) return `toInt64(1) AS ${name}`
    if (counted !== undefined) return `toInt64(f.${column} IS NOT NULL) AS ${name}`
    if (convert && isMoney(name)) return `${converted(`f.${column}`)} AS ${name}`
    return `${type}(ifNull(f.${column}, 0)) AS ${name}`
  })
  if (!convert) return columns
  const missing = (name: string) => (amounts[name] == null ? 'toInt64(0)' : missingRate(`f.${amounts[name]}`))
  return [...columns, ...sums.filter(isMoney).map((name) => `${missing(name)} AS ${name}_missing`)]
}

function isMoney(name: string): boolean {
  return name !== 'conversions_micros' && name.endsWith('_micros')
}
