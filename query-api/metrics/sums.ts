import { COMMERCE_SLICE, WINDOW_MEASURES } from '../../schemas/windows.ts'
import { type Binder, binder, type Statement } from './binder.ts'
import { factRelation } from './facts-source.ts'
import { filterCondition, keyExpression, type Scope } from './group.ts'
import { fixedBy, isDelivery, neededBy, type Plan, PRESENCE, sumMeasuresOf } from './plan.ts'
import { productRelation } from './products.ts'
import { type Relation, resolved, type Sum } from './resolve.ts'
import { type Depth, depthsOf } from './slices.ts'
import { isPushed, windowRelation } from './windows-source.ts'

/** More groups than this are refused before they are sent anywhere. */
export const GROUPS_MAX = 100_000

/** A statement and the names of what its rows (arrays) hold, in order: keys, currency where asked, sums. */
export type RowsStatement = Statement & { readonly keys: readonly string[]; readonly values: readonly string[] }

/**
 * Pure: the statement that answers all measures made of sums, from windows or from facts.
 *
 * @param slices slices that the range may hold (see slices.ts); surplus ones are harmless
 */
export function sumsStatement(plan: Plan, scope: Scope, slices: readonly string[]): RowsStatement {
  const { bind, statement } = binder()
  const needed = neededBy(plan.keys, scope.filters)
  const read = slices.filter((s) => (s === COMMERCE_SLICE ? plan.reads_commerce : plan.reads_delivery))
  const question = { needed, fixed: fixedBy(scope.filters), hourly: scope.hourly }
  const depths = depthsOf(question, read)
  const relation = relationOf(plan, scope, needed, bind)
  const sums = plan.source === 'facts' ? [...plan.sums, ...missingOf(plan)] : plan.sums
  const rows = resolved(relation, withoutCommerce(plan, depths), sums.map(describe), bind)
  const keys = [...plan.keys, ...(plan.by_currency ? ['currency'] : [])]
  const after = scope.filters.filter((f) => !isPushed(f))
  const conditions = [
    ...after.map((f) => filterCondition(f, scope, bind)),
    ...(plan.reads_commerce ? [] : [`slice != ${bind(COMMERCE_SLICE, 'String')}`]),
  ]
  const sql = [
    `SELECT ${[...keys.map((k, i) => `${keyExpression(k, scope, bind)} AS g${i}`), ...sums.map((s, i) => `sum(${s}) AS s${i}`)].join(', ')}`,
    `FROM (${rows})`,
    ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
    ...(keys.length === 0 ? [] : [`GROUP BY ${keys.map((_, i) => `g${i}`).join(', ')}`]),
    `HAVING ${presence(plan, bind)}`,
    `LIMIT ${GROUPS_MAX + 1}`,
  ].join(' ')
  return { ...statement(sql), keys, values: sums }
}

/** Name of the column that counts amounts which had no exchange rate. */
export function missingColumn(sum: string): string {
  return `${sum}_missing`
}

function relationOf(plan: Plan, scope: Scope, needed: readonly string[], bind: Binder['bind']): Relation {
  if (plan.product) return productRelation(plan, scope, bind)
  if (plan.source === 'facts') return factRelation(plan, scope, needed, bind)
  return windowRelation(plan.window_set, scope, needed, plan.sums, bind)
}

function withoutCommerce(plan: Plan, depths: readonly Depth[]): readonly Depth[] {
  return plan.reads_delivery ? depths : [{ known: new Set(), main: [], assets: [], accounts: [] }]
}

function missingOf(plan: Plan): string[] {
  return plan.request.currency === undefined ? [] : plan.sums.filter((s) => MONEY_SUMS.has(s)).map(missingColumn)
}

/** Sums of money: all of these are converted when a currency is asked for. Conversions are counts in millionths. */
export const MONEY_SUMS: ReadonlySet<string> = new Set([
  'spend_micros',
  'claimed_micros',
  'gross_micros',
  'refunds_micros',
])

const COUNTERS = new Set(WINDOW_MEASURES.flatMap((m) => (m.known === undefined ? [] : [m.known])))

function describe(name: string): Sum {
  const known = WINDOW_MEASURES.find((m) => m.name === name)?.known
  return { name, known, counter: COUNTERS.has(name) || name.endsWith('_missing') }
}

/** Whether a bucket has anything to say about one of the measures. */
function presence(plan: Plan, bind: Binder['bind']): string {
  if (plan.product) return 'sum(present) > 0'
  const parts = new Set<string>()
  for (const part of plan.request.measures.flatMap(sumMeasuresOf)) {
    if (isDelivery(part)) {
      parts.add(
        plan.reads_commerce ? `sumIf(present, slice != ${bind(COMMERCE_SLICE, 'String')}) > 0` : 'sum(present) > 0',
      )
    } else for (const column of PRESENCE[part.name]!) parts.add(`sum(${column}) > 0`)
  }
  return [...parts].join(' OR ')
}
