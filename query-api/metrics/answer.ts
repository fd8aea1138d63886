import type { Clock } from '../../pipelines/clock.ts'
import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { ApiError } from '../problem.ts'
import { type Context, readContext, sourceFamilies, watermarkOf } from './context.ts'
import type { Scope } from './group.ts'
import { refuseUnhourly } from './hourly.ts'
import { readNames } from './names.ts'
import { type Plan, planOf } from './plan.ts'
import { type Groups, readGroups } from './read.ts'
import type { MetricsRequest } from './request.ts'
import { type Column, type Row, shapeRows } from './shape.ts'
import { comparedRange } from './times.ts'

export type Answer = {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** RFC 3339 UTC; null when nothing has been read yet. */
  readonly watermark: string | null
  readonly query_id: string
}

export type Metrics = {
  /**
   * Answers a question of one tenant.
   *
   * @param signal stops the store's work when the asker has gone
   * @throws ApiError for what cannot be answered, StoreError when the store fails
   */
  answer(tenant: Tenant, request: MetricsRequest, query_id: string, signal: AbortSignal): Promise<Answer>
}

/** Time and rows that one statement of a question may take. */
export const QUERY_LIMITS = {
  max_execution_time: 20,
  timeout_overflow_mode: 'throw',
  max_rows_to_read: 200_000_000,
  read_overflow_mode: 'throw',
  max_memory_usage: 800_000_000,
} as const

/**
 * The one who answers metrics. It remembers which slices each tenant has been seen with, so that the rows can be read
 * at the same time as the context that says whether that is still all; when it is not, they are read again.
 */
export function createMetrics(store: Store, clock: Clock): Metrics {
  const families = sourceFamilies(store, clock)
  const seen = new Map<string, ReadonlySet<string>>()

  /** Rows, right for every slice that `context` found. */
  async function read(
    plan: Plan,
    scopes: readonly Scope[],
    options: () => RequestOptions,
  ): Promise<{ context: Context; groups: Groups[] }> {
    const { tenant } = scopes[0]!
    const readAll = (slices: ReadonlySet<string>) =>
      Promise.all(scopes.map((scope) => readGroups(store, plan, scope, [...slices].toSorted(), options)))
    const assumed = plan.reads_delivery ? seen.get(tenant) : new Set([COMMERCE_SLICE])
    const contextRead = readContext(store, plan, scopes, options())
    if (assumed === undefined) {
      const context = await contextRead
      return { context, groups: await readAll(remember(tenant, context)) }
    }
    const [context, groups] = await Promise.all([contextRead, readAll(assumed)])
    if (context.slices.every((s) => assumed.has(s))) return { context, groups }
    return { context, groups: await readAll(remember(tenant, context)) }
  }

  function remember(tenant: string, context: Context): ReadonlySet<string> {
    const all = new Set([...(seen.get(tenant) ?? []), ...context.slices])
    if (seen.size > 10_000) seen.clear()
    seen.set(tenant, all)
    return all
  }

  return {
    async answer(tenant, request, query_id, signal) {
      const plan = planOf(request)
      const scopes = scopesOf(tenant.name, plan)
      let count = 0
      const options = (): RequestOptions => ({
        settings: QUERY_LIMITS,
        signal,
        query_id: count++ === 0 ? query_id : `${query_id}-${count}`,
      })
      const hourly = refuseUnhourly(store, plan, scopes, options)
      const [{ context, groups }] = await Promise.all([read(plan, scopes, options), hourly])
      refuseMixedClaims(plan, context)
      const names = await readNames(store, plan, scopes[0]!, groups, options)
      const watermark_ms = watermarkOf(context, await families(tenant.name, context.watermarks, options()), plan)
      const shaped = shapeRows({
        plan,
        groups: groups[0]!,
        before: groups[1],
        names,
        platforms: context.platforms,
        watermark_ms,
      })
      return {
        ...shaped,
        watermark: watermark_ms === undefined ? null : new Date(watermark_ms).toISOString(),
        query_id,
      }
    },
  }
}

/** What is read: the range asked for and, with a comparison, the one before. */
function scopesOf(tenant: string, plan: Plan): Scope[] {
  const { from, to, time_zone, filters, as_of_ms, compare } = plan.request
  const scope: Scope = {
    tenant,
    range: { from, to },
    shift: undefined,
    time_zone,
    hourly: plan.hourly,
    filters,
    as_of_ms,
  }
  if (compare === undefined) return [scope]
  const { range, shift } = comparedRange(from!, to!, compare)
  return [scope, { ...scope, range, shift }]
}

/** Two platforms claim the same order: their claims are never added. */
function refuseMixedClaims(plan: Plan, context: Context): void {
  if (plan.claims.length === 0 || context.platforms.length < 2) return
  const apart = plan.keys.some((key) => AD_PATH.includes(key))
  const one = plan.request.filters.some(
    (f) => AD_PATH.includes(f.field) && (f.op === 'eq' || (f.op === 'in' && f.values.length === 1)),
  )
  if (apart || one) return
  throw new ApiError(
    'non_additive',
    `${plan.claims.join(', ')}: ${context.platforms.toSorted().join(', ')} may claim the same orders, so their claims are not added. Ask for the dimension platform, filter for one, or ask for claimed_share or mer.`,
    { path: 'measures' },
  )
}

const AD_PATH: readonly string[] = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative']
