import { binder } from './binder.ts'
import { currentRows, hourStart, ORDER_COUNTS } from './current.ts'
import { filterCondition, keyExpression, rangeConditions, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import { productRelation } from './products.ts'
import { whereOf } from './resolve.ts'
import { GROUPS_MAX, type RowsStatement } from './sums.ts'

const AD_PATH = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative', 'country', 'device']

/** Pure: distinct customers with a counted order, per key. Orders without a customer are nobody's. */
export function customersStatement(plan: Plan, scope: Scope): RowsStatement {
  const { bind, statement } = binder()
  const keys = keysOf(plan)
  const orders = plan.product ? ordersByProduct(plan, scope, bind) : ordersOf(scope, bind)
  const conditions = [
    ...rangeConditions(scope, bind),
    ...scope.filters.map((f) => filterCondition(f, scope, bind)),
    `customer != ''`,
  ]
  return {
    ...statement(grouped(keys, scope, `uniqExact(customer)`, orders, conditions, bind)),
    keys,
    values: ['customers'],
  }
}

/**
 * Pure: customers whose first counted order ever (of all that was known by `as_of`) lies in the key. Ties of one
 * instant are broken by identity, so that every customer is new exactly once.
 */
export function newCustomersStatement(plan: Plan, scope: Scope): RowsStatement {
  const { bind, statement } = binder()
  const keys = keysOf(plan)
  const ever = { ...scope, range: { from: undefined, to: undefined } }
  const columns = ['day', ...(scope.hourly ? ['start'] : []), ...AD_PATH, 'currency']
  const firsts = `SELECT customer, argMin((${columns.join(', ')}), (ordered_at, id_hash)) AS c FROM (${ordersOf(ever, bind)}) WHERE customer != '' GROUP BY customer`
  const named = `SELECT ${columns.map((name, i) => `c.${i + 1} AS ${name}`).join(', ')} FROM (${firsts})`
  const conditions = [...rangeConditions(scope, bind), ...scope.filters.map((f) => filterCondition(f, scope, bind))]
  return { ...statement(grouped(keys, scope, 'count()', named, conditions, bind)), keys, values: ['new_customers'] }
}

function keysOf(plan: Plan): string[] {
  return [...plan.keys, ...(plan.by_currency && plan.request.currency === undefined ? ['currency'] : [])]
}

function grouped(
  keys: readonly string[],
  scope: Scope,
  value: string,
  rows: string,
  conditions: readonly string[],
  bind: Parameters<typeof keyExpression>[2],
): string {
  return [
    `SELECT ${[...keys.map((k, i) => `${keyExpression(k, scope, bind)} AS g${i}`), `toInt64(${value}) AS v`].join(', ')}`,
    `FROM (${rows})`,
    ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
    ...(keys.length === 0 ? [] : [`GROUP BY ${keys.map((_, i) => `g${i}`).join(', ')}`]),
    'HAVING v > 0',
    `LIMIT ${GROUPS_MAX + 1}`,
  ].join(' ')
}

function ordersByProduct(plan: Plan, scope: Scope, bind: Parameters<typeof keyExpression>[2]): string {
  const { from, where } = productRelation({ ...plan, sums: ['orders'] }, scope, bind)
  return `SELECT * FROM ${from}${whereOf([...where, 'orders > 0'])}`
}

function ordersOf(scope: Scope, bind: Parameters<typeof keyExpression>[2]): string {
  const columns = [...AD_PATH, 'currency', 'customer', 'ordered_at', 'utc_offset_min', 'status', 'test']
  const current = currentRows('fact_orders', columns, scope, bind, ORDER_COUNTS)
  const start = scope.hourly ? `, ${hourStart('ordered_at', 'utc_offset_min')} AS start` : ''
  return `SELECT *${start} FROM (${current})`
}
