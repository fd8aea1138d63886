import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { ApiError } from '../problem.ts'
import { binder } from './binder.ts'
import { filterCondition, rangeConditions, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import { COARSEST } from './windows-source.ts'

/**
 * Orders have an instant; delivery has hours only where the platform reports them. A question by hour, or in another
 * time zone, over campaigns that were reported by day would leave their spend out without a word, so it is refused.
 *
 * @throws ApiError `not_hourly` with the platforms that report no hours
 */
export async function refuseUnhourly(
  store: Store,
  plan: Plan,
  scopes: readonly Scope[],
  options: () => RequestOptions,
): Promise<void> {
  if (!plan.hourly || !plan.reads_delivery) return
  for (const scope of scopes) {
    const { bind, statement } = binder()
    const { from, to } = scope.range
    const zone = scope.time_zone !== undefined
    const range = { from: zone && from !== undefined ? from - 1 : from, to: zone && to !== undefined ? to + 1 : to }
    const conditions = [
      `tenant = ${bind(scope.tenant, 'String')}`,
      ...rangeConditions({ ...scope, range, time_zone: undefined }, bind),
      ...scope.filters
        .filter((f) => ['platform', 'account', 'campaign'].includes(f.field))
        .map((f) => filterCondition(f, scope, bind)),
      `slice != ${bind(COMMERCE_SLICE, 'String')}`,
      'n > 0',
    ]
    const keys = 'day, platform, account, campaign'
    const hours = `countIf(has(splitByChar(',', splitByChar('|', toString(slice))[2]), 'hour'))`
    const sql = `SELECT DISTINCT toString(platform) FROM (SELECT ${keys}, ${hours} AS hours FROM ${COARSEST.name} FINAL WHERE ${conditions.join(' AND ')} GROUP BY ${keys}) WHERE hours = 0`
    const rows = await store.query<[string]>(sql, statement(sql).params, { ...options(), format: 'JSONCompactEachRow' })
    if (rows.length === 0) continue
    const platforms = rows
      .map(([platform]) => platform)
      .toSorted()
      .join(', ')
    throw new ApiError(
      'not_hourly',
      `${platforms}: reported by day, so its numbers cannot be told by hour or in another time zone. Ask by day without time_zone, or filter for platforms with hours.`,
      {
        path: plan.request.time_zone === undefined ? 'grain' : 'time_zone',
      },
    )
  }
}
