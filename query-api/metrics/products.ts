import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { currentRows, hourStart, ORDER_COUNTS, REFUND_COUNTS } from './current.ts'
import { converted, withRates } from './exchange.ts'
import { filterCondition, rangeConditions, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import type { Relation } from './resolve.ts'

/**
 * Orders and refunds by product. A line's gross is quantity × price less its discount; what the lines do not explain
 * (tax, shipping, orders without lines, refunds without lines) is the residual, with product null, so that products
 * add up to gross revenue and refunds. `orders` of a product are the orders that hold it: they overlap, and the row
 * of the residual counts only orders without lines.
 */
export function productRelation(plan: Plan, scope: Scope, bind: Binder['bind']): Relation {
  const sides = [ORDER, REFUND].filter((side) => plan.sums.includes(side.count) || plan.sums.includes(side.sum))
  const all = sides.map((side) => half(plan, scope, side, bind)).join(' UNION ALL ')
  const within = scope.time_zone === undefined ? [] : rangeConditions(scope, bind)
  const conditions = [...within, ...scope.filters.map((f) => filterCondition(f, scope, bind))]
  const columns = ['day', ...(scope.hourly ? ['start'] : []), ...AD_PATH, 'product', 'customer']
  return { columns, from: `(${all})`, where: conditions, keys: undefined }
}

const AD_PATH = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative', 'country', 'device'] as const

type Half = {
  readonly table: string
  readonly at: string
  readonly where: string
  readonly total: string
  readonly columns: readonly string[]
  readonly lines: string
  readonly amount: string
  readonly line_columns: readonly string[]
  readonly count: string
  readonly sum: string
  readonly known: string
}

const ORDER: Half = {
  table: 'fact_orders',
  at: 'ordered_at',
  where: ORDER_COUNTS,
  total: 'total_micros',
  columns: ['ordered_at', 'utc_offset_min', 'total_micros', 'status', 'test', 'customer'],
  lines: 'fact_order_lines',
  amount: 'toInt128(quantity) * toInt128(price_micros) - toInt128(ifNull(discount_micros, 0))',
  line_columns: ['product', 'quantity', 'price_micros', 'discount_micros'],
  count: 'orders',
  sum: 'gross_micros',
  known: '',
}

const REFUND: Half = {
  table: 'fact_refunds',
  at: 'refunded_at',
  where: REFUND_COUNTS,
  total: 'amount_micros',
  columns: ['refunded_at', 'utc_offset_min', 'amount_micros', 'kind', 'success', 'test', 'customer'],
  lines: 'fact_refund_lines',
  amount: 'toInt128(ifNull(amount_micros, 0))',
  line_columns: ['product', 'amount_micros'],
  count: 'refunds',
  sum: 'refunds_micros',
  known: 'refunds_n',
}

/** Rows (day, ad path, product, amount, has_lines) of one side: products of an order, and what they leave over. */
function half(plan: Plan, scope: Scope, side: Half, bind: Binder['bind']): string {
  const { currency } = plan.request
  const current = currentRows(side.table, [...AD_PATH, 'currency', ...side.columns], scope, bind, side.where)
  const heads =
    currency === undefined
      ? `SELECT *, toInt64(1000000000) AS rate_e9 FROM (${current})`
      : withRates(current, currency, scope, bind)
  const lines = `SELECT id_hash, _offset, groupArray((toString(product), ${side.amount})) AS lines FROM ${side.lines} WHERE tenant = ${bind(scope.tenant, 'String')} GROUP BY id_hash, _offset`
  const joined = `SELECT h.*, l.lines AS lines FROM (${heads}) AS h LEFT JOIN (${lines}) AS l ON h.id_hash = l.id_hash AND h._offset = l._offset`
  // One entry per product of the order, then the residual under the product ''.
  const exact = currency === undefined ? (x: string) => x : converted
  const perLine = `arrayMap(l -> (l.1, ${exact('l.2')}), lines)`
  const whole = currency === undefined ? `toInt128(ifNull(${side.total}, 0))` : converted(side.total)
  const entries = `SELECT *, ${perLine} AS amounts, ${whole} - arraySum(a -> a.2, amounts) AS rest, arrayJoin(arrayConcat(arrayMap(p -> (p, arraySum(a -> if(a.1 = p, a.2, toInt128(0)), amounts), toInt64(1)), arrayDistinct(amounts.1)), [('', rest, toInt64(empty(lines)))])) AS entry FROM (${joined})`
  const sums = plan.sums.map((name) => {
    if (name === side.sum) return `f.entry.2 AS ${name}`
    if (name === side.count) return `f.entry.3 AS ${name}`
    if (name === side.known) return `toInt64(f.${side.total} IS NOT NULL OR notEmpty(f.lines)) AS ${name}`
    return `${name.endsWith('_micros') ? 'toInt128(0)' : 'toInt64(0)'} AS ${name}`
  })
  // One rate for the whole of an order: where it is missing, all of the order is.
  const unknown = `toInt64(ifNull(f.${side.total}, 0) != 0 AND f.rate_e9 IS NULL)`
  const missing = plan.sums
    .filter((name) => name.endsWith('_micros') && currency !== undefined)
    .map((name) => `${name === side.sum ? unknown : 'toInt64(0)'} AS ${name}_missing`)
  const select = [
    'f.day AS day',
    ...(scope.hourly ? [`${hourStart(`f.${side.at}`, 'f.utc_offset_min')} AS start`] : []),
    ...AD_PATH.map((d) => `toString(f.${d}) AS ${d}`),
    'f.entry.1 AS product',
    'f.customer AS customer',
    `${currency === undefined ? 'toString(f.currency)' : bind(currency, 'String')} AS currency`,
    `'${COMMERCE_SLICE}' AS slice`,
    'toInt64(f.entry.3 > 0 OR f.entry.2 != 0) AS n',
    ...sums,
    ...missing,
  ]
  return `SELECT ${select.join(', ')} FROM (${entries}) AS f`
}
