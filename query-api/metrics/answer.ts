import type { Clock } from '../../pipelines/clock.ts'
import type { RequestOptions, Store } from '../../pipelines/store/client.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { dimensionOf } from '../../schemas/metrics.ts'
import type { HeldDays } from '../days/held-days.ts'
import { readDays } from '../days/read-days.ts'
import { shapeFor } from '../days/shapes.ts'
import { ApiError } from '../problem.ts'
import { rowBudget } from './budget.ts'
import { type Context, readContext, recentWatermarks, sourceFamilies, type Watermarks, watermarkOf } from './context.ts'
import { ROWS_MAX, readingsOf } from './cost.ts'
import type { Scope } from './group.ts'
import { refuseUnhourly } from './hourly.ts'
import { readNames } from './names.ts'
import type { Position } from './order.ts'
import { type Plan, planOf } from './plan.ts'
import { type Groups, readGroups, UnknownSlice } from './read.ts'
import { liveSources } from './receipts.ts'
import type { MetricsRequest } from './request.ts'
import { type Column, type Row, shapeRows } from './shape.ts'
import { isGuessable } from './sums.ts'
import { comparedRange } from './times.ts'

export type Answer = {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** RFC 3339 UTC; null when nothing has been read yet. */
  readonly watermark: string | null
  readonly query_id: string
  /** Of the last row, where the limit left others out. */
  readonly next?: Position | undefined
}

export type AnswerOptions = {
  /** The answer begins behind this row. */
  readonly after?: Position | undefined
  /** Rows that the store may read for it, as estimated beforehand. */
  readonly rows_max?: number
}

export type Metrics = {
  /**
   * Answers a question of one tenant.
   *
   * @param signal stops the store's work when the asker has gone
   * @throws ApiError for what cannot be answered, StoreError when the store fails
   */
  answer(
    tenant: Tenant,
    request: MetricsRequest,
    query_id: string,
    signal: AbortSignal,
    options?: AnswerOptions,
  ): Promise<Answer>
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
 * The one who answers metrics. Sums of days that are held need no statement. Else: it remembers the slices that each
 * tenant was last seen with. Where they tell that every slice counts once, or not at all, one statement reads the rows
 * and notices any other slice in passing; else the context is read first.
 *
 * @param held days in memory; without it the store answers everything
 * @param watermarks of a tenant; may be a little old
 */
export function createMetrics(
  store: Store,
  clock: Clock,
  held?: HeldDays,
  watermarks = recentWatermarks(store, clock),
): Metrics {
  const families = sourceFamilies(store, clock, QUERY_LIMITS)
  const budget = rowBudget(store, clock, QUERY_LIMITS)
  const live = liveSources(store, clock, QUERY_LIMITS)
  const lastSeen = new Map<string, readonly string[]>()

  async function read(
    plan: Plan,
    scopes: readonly Scope[],
    rows_max: number,
    options: () => RequestOptions,
  ): Promise<{ context: Context; groups: Groups[] }> {
    const { tenant } = scopes[0]!
    if (held !== undefined && shapeFor(plan) !== undefined) {
      // Before the days are looked at: what it says is in them.
      const marks = await watermarks(tenant)
      const days = await readDays(held, plan, scopes, options)
      if (days !== undefined) {
        const { platforms, slices, sums } = days
        const groups = await Promise.all(scopes.map((scope, i) => readGroups(store, plan, scope, sums[i]!, options)))
        return { context: { slices, platforms, watermarks: marks }, groups }
      }
    }
    await budget(tenant, readingsOf(plan, scopes), rows_max)
    const readAll = (slices: readonly string[], guarded: boolean) =>
      Promise.all(scopes.map((scope) => readGroups(store, plan, scope, { slices, guarded }, options)))
    const guess = lastSeen.get(tenant)
    if (!plan.reads_delivery) {
      const reach = plan.non_additive.length > 0
      const [context, groups] = await Promise.all([
        reach ? readContext(store, plan, scopes, options()) : watermarks(tenant).then(withoutDelivery),
        readAll([], false),
      ])
      return { context, groups }
    }
    if (guess !== undefined && isGuessable(plan, scopes[0]!, guess)) {
      try {
        const [context, groups] = await Promise.all([
          needsContext(plan)
            ? readContext(store, plan, scopes, options())
            : watermarks(tenant).then((marks) => ({ slices: guess, platforms: [], watermarks: marks })),
          readAll(guess, true),
        ])
        return { context, groups }
      } catch (error) {
        if (!(error instanceof UnknownSlice)) throw error
      }
    }
    const context = await readContext(store, plan, scopes, options())
    if (lastSeen.size > 10_000) lastSeen.clear()
    lastSeen.set(tenant, context.slices)
    return { context, groups: await readAll(context.slices, false) }
  }

  return {
    async answer(tenant, request, query_id, signal, { after, rows_max = ROWS_MAX } = {}) {
      const plan = planOf(request)
      const { as_of_ms } = request
      const scopes = scopesOf(tenant.name, plan, as_of_ms === undefined ? undefined : await live(tenant.name, as_of_ms))
      let count = 0
      const options = (): RequestOptions => ({
        settings: QUERY_LIMITS,
        signal,
        query_id: count++ === 0 ? query_id : `${query_id}-${count}`,
      })
      const hourly = refuseUnhourly(store, plan, scopes, options)
      const [{ context, groups }] = await Promise.all([read(plan, scopes, rows_max, options), hourly])
      refuseMixedClaims(plan, context)
      const names = await readNames(store, plan, scopes[0]!, groups, options)
      const watermark_ms = watermarkOf(context, await families(tenant.name, context.watermarks), plan)
      const shaped = shapeRows({
        plan,
        groups: groups[0]!,
        before: groups[1],
        names,
        platforms: context.platforms,
        watermark_ms,
        after,
      })
      return {
        ...shaped,
        watermark: watermark_ms === undefined ? null : new Date(watermark_ms).toISOString(),
        query_id,
      }
    },
  }
}

function withoutDelivery(watermarks: Watermarks): Context {
  return { slices: [], platforms: [], watermarks }
}

/** Whether the answer depends on which platforms delivered anything. */
function needsContext(plan: Plan): boolean {
  const timed = plan.keys.some((key) => dimensionOf.get(key)!.kind === 'time')
  return plan.claims.length > 0 || (timed && !plan.keys.includes('platform'))
}

/** What is read: the range asked for and, with a comparison, the one before. */
function scopesOf(tenant: string, plan: Plan, live_sources: readonly string[] | undefined): Scope[] {
  const { from, to, time_zone, filters, as_of_ms, compare } = plan.request
  const scope: Scope = {
    tenant,
    range: { from, to },
    shift: undefined,
    time_zone,
    hourly: plan.hourly,
    filters,
    as_of_ms,
    ...(live_sources === undefined ? {} : { live_sources }),
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
