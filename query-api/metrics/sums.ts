import { COMMERCE_SLICE, WINDOW_MEASURES } from '../../schemas/windows.ts'
import { type Binder, binder, type Statement } from './binder.ts'
import { factRelation } from './facts-source.ts'
import { filterCondition, keyExpression, type Scope } from './group.ts'
import { fixedBy, isDelivery, neededBy, type Plan, PRESENCE, sumMeasuresOf } from './plan.ts'
import { productRelation } from './products.ts'
import { type Relation, resolved, type Sum, whereOf } from './resolve.ts'
import { type Depth, depthsOf, isStatic } from './slices.ts'
import { isPushed, windowRelation } from './windows-source.ts'

/** More groups than this are refused before they are sent anywhere. */
export const GROUPS_MAX = 100_000

/** A statement and the names of what its rows (arrays) hold, in order: keys, currency where asked, sums. */
export type RowsStatement = Statement & {
  readonly keys: readonly string[]
  readonly values: readonly string[]
  /** A last column is 1 in rows of slices that nobody knew of: the answer is then worth nothing. */
  readonly guarded?: boolean
}

/**
 * Pure: the statement that answers all measures made of sums, from windows or from facts.
 *
 * @param slices the slices that there are in the range (see slices.ts)
 * @param guarded they are a guess; only where {@link isGuessable}
 */
export function sumsStatement(plan: Plan, scope: Scope, slices: readonly string[], guarded = false): RowsStatement {
  const { bind, statement } = binder()
  const needed = neededBy(plan.keys, scope.filters)
  const depths = depthsFor(plan, scope, slices)
  const relation = relationOf(plan, scope, needed, bind)
  const sums = plan.source === 'facts' ? [...plan.sums, ...missingOf(plan)] : plan.sums
  const rows = resolved(relation, depths, sums.map(describe), bind, guarded ? slices : undefined)
  const keys = [...plan.keys, ...(plan.by_currency ? ['currency'] : [])]
  const after = scope.filters.filter((f) => !isPushed(f))
  const conditions = [...rows.where, ...after.map((f) => filterCondition(f, scope, bind))]
  const unknown = `slice NOT IN ${bind([...slices, COMMERCE_SLICE], 'Array(String)')}`
  const groups = [
    ...keys.map((k, i) => `${keyExpression(k, scope, bind)} AS g${i}`),
    ...(guarded ? [`${unknown} AS g${keys.length}`] : []),
  ]
  const sql = [
    `SELECT ${[...groups.slice(0, keys.length), ...sums.map((s, i) => `sum(${s}) AS s${i}`), ...groups.slice(keys.length)].join(', ')}`,
    `FROM ${rows.from}${whereOf(conditions)}`,
    ...(groups.length === 0 ? [] : [`GROUP BY ${groups.map((_, i) => `g${i}`).join(', ')}`]),
    `HAVING ${guarded ? `g${keys.length} OR ` : ''}${presence(plan, rows.present, bind)}`,
    `LIMIT ${GROUPS_MAX + 1}`,
  ].join(' ')
  return { ...statement(sql), keys, values: sums, guarded }
}

/**
 * Whether the rows may be read on a guess of their slices: where no key has to be looked at, a row of an unknown slice
 * is seen in passing.
 */
export function isGuessable(plan: Plan, scope: Scope, slices: readonly string[]): boolean {
  return (
    plan.source === 'windows' && plan.reads_delivery && !plan.hourly && depthsFor(plan, scope, slices).every(isStatic)
  )
}

/** Name of the column that counts amounts which had no exchange rate. */
export function missingColumn(sum: string): string {
  return `${sum}_missing`
}

function relationOf(plan: Plan, scope: Scope, needed: readonly string[], bind: Binder['bind']): Relation {
  if (plan.product) return productRelation(plan, scope, bind)
  if (plan.source === 'facts') return factRelation(plan, scope, needed, bind)
  return windowRelation(plan.window_set, scope, needed, plan.reads_commerce, bind)
}

function depthsFor(plan: Plan, scope: Scope, slices: readonly string[]): readonly Depth[] {
  if (!plan.reads_delivery) return [{ known: new Set(), main: [], assets: [], accounts: [] }]
  const needed = neededBy(plan.keys, scope.filters)
  return depthsOf({ needed, fixed: fixedBy(scope.filters), hourly: scope.hourly }, slices)
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
function presence(plan: Plan, present: string, bind: Binder['bind']): string {
  if (plan.product) return `sum(${present}) > 0`
  const parts = new Set<string>()
  for (const part of plan.request.measures.flatMap(sumMeasuresOf)) {
    if (isDelivery(part)) {
      parts.add(
        plan.reads_commerce
          ? `sumIf(${present}, slice != ${bind(COMMERCE_SLICE, 'String')}) > 0`
          : `sum(${present}) > 0`,
      )
    } else for (const column of PRESENCE[part.name]!) parts.add(`sum(${column}) > 0`)
  }
  return [...parts].join(' OR ')
}
