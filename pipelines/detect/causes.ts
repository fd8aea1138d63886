import { cubeOf } from '../../models/root-cause/cube.ts'
import { type Cause, explain } from '../../models/root-cause/explain.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { Incident } from './core/incident.ts'
import { type Metric, scopeOfKey } from './core/scope.ts'
import { sliceRank } from './rows.ts'

/**
 * Where an incident comes from: its leaf windows against what they had in the same hours of the week before, as a cube.
 * What was expected of all together is the incident's; the week before says how it was spread.
 */
export async function causesOf(store: Store, tenant: string, incident: Incident): Promise<readonly Cause[]> {
  const leaves = await readLeaves(store, tenant, incident)
  const base = leaves.reduce((sum, leaf) => sum + leaf.base, 0)
  if (base <= 0) return []
  const scale = incident.expected / base
  const names = DIMENSIONS.filter((_, at) => new Set(leaves.map(({ values }) => values[at])).size > 1)
  const cube = cubeOf(
    names,
    leaves.map(({ base, real, values }) => ({
      values: names.map((name) => values[DIMENSIONS.indexOf(name)]!),
      real,
      expected: base * scale,
    })),
  )
  const { causes } = explain(cube)
  const scope = scopeOfKey(incident.scope)
  return causes.map((cause) => ({ ...cause, set: { ...scope, ...cause.set } }))
}

type Leaf = { readonly values: readonly string[]; readonly real: number; readonly base: number }

async function readLeaves(store: Store, tenant: string, incident: Incident): Promise<Leaf[]> {
  const { abnormal_ms, metric, onset_ms, scope } = incident
  const { campaign = '', platform = '' } = scopeOfKey(scope)
  const hours = hoursOf(onset_ms, abnormal_ms)
  const from_ms = onset_ms - BASE_MS
  const rows = await store.query<(string | number)[]>(
    `SELECT ${DIMENSIONS.join(', ')}, slice, sumIf(${SUMS[metric]}, start >= fromUnixTimestamp({onset:UInt32})) AS real,
       sumIf(${SUMS[metric]}, start < fromUnixTimestamp({onset:UInt32})) AS base
     FROM windows_hour FINAL
     WHERE tenant = {tenant:String} AND day BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})
       AND start >= fromUnixTimestamp({from:UInt32}) AND start < fromUnixTimestamp({to:UInt32})
       AND has({hours:Array(UInt8)}, toHour(start, 'UTC')) AND (slice = {shop:String}) = {sold:UInt8}
       AND ({platform:String} = '' OR platform = {platform:String}) AND ({campaign:String} = '' OR campaign = {campaign:String})
     GROUP BY ${DIMENSIONS.join(', ')}, slice HAVING real != 0 OR base != 0
     ORDER BY ${DIMENSIONS.join(', ')}, slice LIMIT ${LEAVES_MAX}`,
    {
      tenant,
      onset: onset_ms / 1000,
      from: from_ms / 1000,
      to: abnormal_ms / 1000,
      first: Math.max(0, Math.floor(from_ms / DAY_MS) - 1),
      last: Math.floor(abnormal_ms / DAY_MS) + 1,
      hours,
      shop: COMMERCE_SLICE,
      sold: metric === 'orders' ? 1 : 0,
      platform,
      campaign,
    },
    { format: 'JSONCompactEachRow' },
  )
  const leaves = rows.map((row) => ({
    values: row.slice(0, DIMENSIONS.length).map(String),
    slice: String(row[DIMENSIONS.length]),
    real: Math.max(0, Number(row.at(-2))),
    base: Math.max(0, Number(row.at(-1))) / weeksOf(onset_ms, abnormal_ms),
  }))
  // Two slices are the same delivery told twice: one for each platform, the finest.
  const best = new Map<string, string>()
  for (const { slice, values } of leaves) {
    const known = best.get(values[0]!)
    if (known === undefined || sliceRank(slice) < sliceRank(known)) best.set(values[0]!, slice)
  }
  return leaves.filter(({ slice, values }) => best.get(values[0]!) === slice)
}

/** Hours of the UTC day that an incident touches. */
function hoursOf(from_ms: number, to_ms: number): number[] {
  const all = Array.from(
    { length: Math.min(24, Math.ceil((to_ms - from_ms) / HOUR_MS)) },
    (_, n) => from_ms + n * HOUR_MS,
  )
  return all.map((ms) => Math.floor(ms / HOUR_MS) % 24)
}

function weeksOf(from_ms: number, to_ms: number): number {
  return BASE_MS / Math.max(DAY_MS, Math.ceil((to_ms - from_ms) / DAY_MS) * DAY_MS)
}

const DIMENSIONS = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative', 'country', 'device'] as const
const SUMS: Readonly<Record<Metric, string>> = {
  impressions: 'impressions',
  clicks: 'clicks',
  spend: 'spend_micros',
  conversions: 'conversions_micros / 1e6',
  reports: 'n',
  orders: 'orders',
}
const BASE_MS = 7 * DAY_MS
/** Beyond this the smallest are left out by chance of their names: a cube of a platform's ads is some thousands. */
const LEAVES_MAX = 50_000
