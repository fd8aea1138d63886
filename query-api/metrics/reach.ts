import { dimensionOf } from '../../schemas/metrics.ts'
import { sliceOf } from '../../schemas/windows.ts'
import { binder } from './binder.ts'
import { currentRows } from './current.ts'
import { filterCondition, keyExpression, type Scope } from './group.ts'
import { fixedBy, type Plan } from './plan.ts'
import { GROUPS_MAX, type RowsStatement } from './sums.ts'

/**
 * Pure: reach and frequency as the platform reported them for exactly one of its rows. The level is that of the finest
 * ad object asked for, the breakdown exactly the one asked for; `parts` says how many platform rows lie in a key, and
 * more than one cannot be answered (people overlap).
 */
export function reachStatement(plan: Plan, scope: Scope): RowsStatement {
  const { bind, statement } = binder()
  const asked = new Set([...plan.keys, ...fixedBy(scope.filters)])
  const slice = sliceOf(levelOf(asked), {
    country: asked.has('country') ? true : undefined,
    device: asked.has('device') ? true : undefined,
    hour: scope.hourly,
  })
  const dims = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative', 'country', 'device', 'slice']
  const current = currentRows(
    'fact_delivery',
    [...dims, 'currency', 'hour_start', 'reach', 'frequency_micros'],
    scope,
    bind,
  )
  const rows = scope.hourly
    ? `SELECT *, assumeNotNull(hour_start) AS start FROM (${current}) WHERE hour_start IS NOT NULL`
    : current
  const conditions = [
    ...scope.filters
      .filter((f) => dimensionOf.get(f.field)!.kind !== 'currency')
      .map((f) => filterCondition(f, scope, bind)),
    '(reach IS NOT NULL OR frequency_micros IS NOT NULL)',
  ]
  const keys = [...plan.keys, ...(plan.by_currency && plan.request.currency === undefined ? ['currency'] : [])]
  const exact = `slice = ${bind(slice, 'String')}`
  const sql = [
    `SELECT ${keys.map((k, i) => `${keyExpression(k, scope, bind)} AS g${i}, `).join('')}`,
    `anyIf(reach, ${exact}) AS v0, anyIf(frequency_micros, ${exact}) AS v1, countIf(${exact}) AS v2, countIf(NOT ${exact}) AS v3`,
    `FROM (${rows}) WHERE ${conditions.join(' AND ')}`,
    ...(keys.length === 0 ? [] : [`GROUP BY ${keys.map((_, i) => `g${i}`).join(', ')}`]),
    `LIMIT ${GROUPS_MAX + 1}`,
  ].join(' ')
  return { ...statement(sql), keys, values: ['reach', 'frequency_micros', 'parts', 'other_slices'] }
}

function levelOf(asked: ReadonlySet<string>): string {
  if (asked.has('ad') || asked.has('creative')) return 'ad'
  if (asked.has('ad_group')) return 'ad_group'
  return asked.has('campaign') ? 'campaign' : 'account'
}
