import { DAY_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { Maturity } from './core/maturity.ts'
import { COMMERCE } from './core/scope.ts'
import { readMaturity } from './maturity.ts'

/** Where the numbers of a group come from, and by which clock its people live. */
export type Sources = {
  /** Sources by group. */
  readonly groups: ReadonlyMap<string, { readonly sources: readonly string[]; readonly zone: string }>
  /** Days, since 1970, that are a holiday somewhere. */
  readonly holidays: ReadonlySet<number>
  readonly maturity: Maturity
}

/** How far a source has been read, in ms since 1970: the newest instant that it spoke of. */
export type Marks = ReadonlyMap<string, number>

export async function readMarks(store: Store, tenant: string): Promise<Marks> {
  const rows = await store.query<[string, string]>(
    'SELECT source, max(occurred_ms) FROM watermarks FINAL WHERE tenant = {tenant:String} GROUP BY source',
    { tenant },
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([source, ms]) => [source, Number(ms)]))
}

/** Who has watermarks at all, and the newest of each. */
export async function readTenants(store: Store): Promise<Map<string, number>> {
  const rows = await store.query<[string, string]>(
    'SELECT tenant, max(occurred_ms) FROM watermarks GROUP BY tenant ORDER BY tenant',
    {},
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([tenant, ms]) => [tenant, Number(ms)]))
}

/** Sources that had rows in the last days before an instant. */
export async function readSources(store: Store, tenant: string, until_ms: number): Promise<Sources> {
  const since = Math.max(0, Math.floor(until_ms / DAY_MS) - DAYS)
  const params = { tenant, since }
  const asArrays = { format: 'JSONCompactEachRow' } as const
  const where = 'tenant = {tenant:String} AND day >= toDate({since:UInt16})'
  const [delivery, orders, holidays, maturity] = await Promise.all([
    store.query<[string, string, string]>(
      `SELECT platform, source, any(time_zone) FROM fact_delivery WHERE ${where} GROUP BY platform, source ORDER BY platform, source`,
      params,
      asArrays,
    ),
    store.query<[string, string]>(
      `SELECT source, any(time_zone) FROM fact_orders WHERE ${where} GROUP BY source ORDER BY source`,
      params,
      asArrays,
    ),
    store.query<[number]>(
      'SELECT DISTINCT toUInt32(day) FROM fact_holidays WHERE tenant = {tenant:String}',
      { tenant },
      asArrays,
    ),
    readMaturity(store, tenant, until_ms),
  ])
  const groups = new Map<string, { sources: string[]; zone: string }>()
  const add = (group: string, source: string, zone: string) => {
    const known = groups.get(group)
    if (known === undefined) groups.set(group, { sources: [source], zone })
    else known.sources.push(source)
  }
  for (const [platform, source, zone] of delivery) add(platform, source, zone)
  for (const [source, zone] of orders) add(COMMERCE, source, zone)
  return { groups, holidays: new Set(holidays.map(([day]) => day)), maturity }
}

/** As long as a source may be silent and is still waited for. */
const DAYS = 4
