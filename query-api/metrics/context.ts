import type { Clock } from '../../pipelines/clock.ts'
import type { RequestOptions, Settings, Store } from '../../pipelines/store/client.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { type Binder, binder } from './binder.ts'
import { rangeConditions, type Scope } from './group.ts'
import type { Plan } from './plan.ts'
import { recent } from './recent.ts'
import { COARSEST } from './windows-source.ts'

/** What an answer must know of the data that it is about, besides the rows themselves. */
export type Context = {
  /** Slices that exist in the range, any filter aside. */
  readonly slices: readonly string[]
  /** Platforms with deliveries in the range. */
  readonly platforms: readonly string[]
  /** Source → newest instant up to which all its partitions have been read. */
  readonly watermarks: Watermarks
}

/** Reads slices, platforms and watermarks in one statement: a statement costs more than what this one reads. */
export async function readContext(
  store: Store,
  plan: Plan,
  scopes: readonly Scope[],
  request: RequestOptions,
): Promise<Context> {
  const { bind, statement } = binder()
  const { tenant } = scopes[0]!
  const slices = plan.reads_delivery || plan.non_additive.length > 0 ? [slicesSql(plan, scopes, bind)] : []
  const sql = [...slices, watermarksSql(tenant, bind)].join(' UNION ALL ')
  const rows = await store.query<[string, string, string, string]>(sql, statement(sql).params, {
    ...request,
    format: 'JSONCompactEachRow',
  })
  const found = rows.filter(([kind, , slice]) => kind === 'slice' && slice !== COMMERCE_SLICE)
  return {
    slices: [...new Set([...found.map(([, , slice]) => slice), COMMERCE_SLICE])].toSorted(),
    platforms: [...new Set(found.map(([, platform]) => platform))],
    watermarks: watermarksIn(rows),
  }
}

export type Watermarks = ReadonlyMap<string, number>

/** Watermarks that may be a little old: all the same everything up to them has been read. */
export function recentWatermarks(store: Store, clock: Clock): (tenant: string) => Promise<Watermarks> {
  return recent(clock, { fresh_ms: 200, stale_ms: 1_000 }, async (tenant) => {
    const { bind, statement } = binder()
    const sql = watermarksSql(tenant, bind)
    return watermarksIn(
      await store.query<[string, string, string, string]>(sql, statement(sql).params, { format: 'JSONCompactEachRow' }),
    )
  })
}

function slicesSql(plan: Plan, scopes: readonly Scope[], bind: Binder['bind']): string {
  const table = plan.source === 'facts' ? 'fact_delivery' : COARSEST.name
  const ranges = scopes.map((scope) => {
    const { from, to } = scope.range
    const zone = scope.time_zone !== undefined
    const range = { from: zone && from !== undefined ? from - 2 : from, to: zone && to !== undefined ? to + 2 : to }
    return `(${['1', ...rangeConditions({ ...scope, time_zone: undefined, range }, bind)].join(' AND ')})`
  })
  const where = `tenant = ${bind(scopes[0]!.tenant, 'String')} AND (${ranges.join(' OR ')})`
  return `SELECT 'slice' AS kind, toString(platform) AS a, toString(slice) AS b, toInt64(0) AS ms FROM ${table} WHERE ${where} GROUP BY platform, slice`
}

/** Per source the oldest of its partitions, each as the slowest pipeline has read it. */
function watermarksSql(tenant: string, bind: Binder['bind']): string {
  const partitions = `SELECT source, argMax(occurred_ms, version) AS at FROM watermarks WHERE tenant = ${bind(tenant, 'String')} GROUP BY pipeline, source, _topic, _partition`
  return `SELECT 'source' AS kind, toString(source) AS a, '' AS b, min(at) AS ms FROM (${partitions}) GROUP BY source`
}

function watermarksIn(rows: readonly [string, string, string, string][]): Watermarks {
  return new Map(rows.filter(([kind]) => kind === 'source').map(([, source, , ms]) => [source, Number(ms)]))
}

/** Which sources deliver what, per tenant; looked up again when a source appears, and every minute. */
export function sourceFamilies(store: Store, clock: Clock, settings: Settings): SourceFamilies {
  const known = recent(clock, { fresh_ms: 60_000, stale_ms: 600_000 }, (key) =>
    readFamilies(store, key.slice(0, key.indexOf('\0')), { settings }),
  )
  return (tenant, watermarks) => known(`${tenant}\0${watermarks.size}`)
}

export type Families = { readonly delivery: ReadonlySet<string>; readonly commerce: ReadonlySet<string> }
export type SourceFamilies = (tenant: string, watermarks: Watermarks) => Promise<Families>

/**
 * The oldest of the sources that an answer reads, in ms; undefined when nothing was ever read. Where no fact names its
 * source (a store with windows only), every source counts.
 */
export function watermarkOf(context: Context, families: Families, plan: Plan): number | undefined {
  const commerce = plan.reads_commerce || plan.customers || plan.new_customers
  const delivery = plan.reads_delivery || plan.non_additive.length > 0
  const read = [...context.watermarks].filter(
    ([source]) => (delivery && families.delivery.has(source)) || (commerce && families.commerce.has(source)),
  )
  const all = read.length > 0 ? read : [...context.watermarks]
  return all.length === 0 ? undefined : Math.min(...all.map(([, ms]) => ms))
}

async function readFamilies(store: Store, tenant: string, request: RequestOptions): Promise<Families> {
  const { bind } = { bind: binder() }
  const place = bind.bind(tenant, 'String')
  const part = (family: string, table: string) =>
    `SELECT DISTINCT '${family}' AS family, toString(source) AS source FROM ${table} WHERE tenant = ${place}`
  const sql = [
    part('delivery', 'fact_delivery'),
    part('commerce', 'fact_orders'),
    part('commerce', 'fact_refunds'),
  ].join(' UNION ALL ')
  const rows = await store.query<[string, string]>(sql, bind.statement(sql).params, {
    ...request,
    format: 'JSONCompactEachRow',
  })
  const of = (family: string) => new Set(rows.filter(([f]) => f === family).map(([, source]) => source))
  return { delivery: of('delivery'), commerce: of('commerce') }
}
