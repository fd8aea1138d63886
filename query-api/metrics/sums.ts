import { COMMERCE_SLICE, WINDOW_MEASURES } from '../../schemas/windows.ts'
import { type Binder, binder, type Statement } from './binder.ts'
import { factRelation } from './facts-source.ts'
import { DELIVERED, folded, isFoldable } from './folded.ts'
import { filterCondition, keyExpression, type Scope } from './group.ts'
import { fixedBy, isDelivery, neededBy, type Plan, PRESENCE, sumMeasuresOf } from './plan.ts'
import { productRelation } from './products.ts'
import { type Relation, resolved, type Sum, whereOf } from './resolve.ts'
import { CHAIN, type Depth, depthsOf, isStatic } from './slices.ts'
import { isPushed, isWhole, windowRelation } from './windows-source.ts'

/** More groups than this are refused before they are sent anywhere. */
export const GROUPS_MAX = 100_000

/** A statement and the names of what its rows (arrays) hold, in order: keys, currency where asked, sums. */
export type RowsStatement = Statement & {
  readonly keys: readonly string[]
  readonly values: readonly string[]
  /** A last column is 1 in rows of slices that nobody knew of: the answer is then worth nothing. */
  readonly guarded?: boolean
  /** All values stand in one array. */
  readonly packed?: boolean
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
  const keys = [...plan.keys, ...(plan.by_currency ? ['currency'] : [])]
  const after = scope.filters.filter((f) => !isPushed(f)).map((f) => filterCondition(f, scope, bind))
  const shown = keys.map((k, i) => `${keyExpression(k, scope, bind)} AS g${i}`)
  const groups = keys.map((_, i) => `g${i}`)
  if (isFoldable(depths, relation.keys === undefined, relation.columns)) {
    const rows = folded(relation, depths[0]!, slices, sums, plan.reads_commerce, bind)
    const at = (name: string) => `s[${sums.indexOf(name) + 2}]`
    const sql = [
      `SELECT ${[...shown, `${rows.sums} AS s`, ...(guarded ? ['sum(unknown) > 0 AS new'] : [])].join(', ')}`,
      `FROM ${rows.from}${whereOf(after)}`,
      ...(groups.length === 0 ? [] : [`GROUP BY ${groups.join(', ')}`]),
      `HAVING ${guarded ? 'new OR ' : ''}${presence(plan, 's[1] > 0', at)}`,
      `LIMIT ${GROUPS_MAX + 1}`,
    ].join(' ')
    return { ...statement(sql), keys, values: [DELIVERED, ...sums], guarded, packed: true }
  }
  const rows = resolved(relation, depths, sums.map(describe), bind, guarded ? slices : undefined)
  const conditions = [...rows.where, ...after]
  const unknown = `slice NOT IN ${bind([...slices, COMMERCE_SLICE], 'Array(String)')}`
  const guard = guarded ? [`${unknown} AS new`] : []
  const by = [...groups, ...(guarded ? ['new'] : [])]
  const ofDeliveries = plan.reads_commerce
    ? `sumIf(${rows.present}, slice != ${bind(COMMERCE_SLICE, 'String')}) > 0`
    : `sum(${rows.present}) > 0`
  const sql = [
    `SELECT ${[...shown, ...sums.map((s, i) => `sum(${s}) AS s${i}`), ...guard].join(', ')}`,
    `FROM ${rows.from}${whereOf(conditions)}`,
    ...(by.length === 0 ? [] : [`GROUP BY ${by.join(', ')}`]),
    `HAVING ${guarded ? 'new OR ' : ''}${plan.product ? `sum(${rows.present}) > 0` : presence(plan, ofDeliveries, (name) => `sum(${name})`)}`,
    `LIMIT ${GROUPS_MAX + 1}`,
  ].join(' ')
  return { ...statement(sql), keys, values: sums, guarded }
}

/**
 * Whether the rows may be read on a guess of their slices: where no key has to be looked at, or all rows of a key are
 * looked at, a row of an unknown slice is seen in passing.
 */
export function isGuessable(plan: Plan, scope: Scope, slices: readonly string[]): boolean {
  if (plan.source !== 'windows' || !plan.reads_delivery || plan.hourly) return false
  const depths = depthsFor(plan, scope, slices)
  const columns = neededBy(plan.keys, scope.filters).filter((d) => (CHAIN as readonly string[]).includes(d))
  return depths.every(isStatic) || isFoldable(depths, isWhole(plan.window_set, scope), columns)
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

/**
 * Whether a bucket has anything to say about one of the measures.
 *
 * @param delivered SQL that is true where something was delivered
 * @param sumOf SQL of the sum of a column
 */
function presence(plan: Plan, delivered: string, sumOf: (name: string) => string): string {
  const parts = new Set<string>()
  for (const part of plan.request.measures.flatMap(sumMeasuresOf)) {
    if (isDelivery(part)) parts.add(delivered)
    else for (const column of PRESENCE[part.name]!) parts.add(`${sumOf(column)} > 0`)
  }
  return [...parts].join(' OR ')
}
