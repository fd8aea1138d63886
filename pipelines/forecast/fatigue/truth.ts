import { byAccountAndDay } from '../../../models/fatigue/day.ts'
import { cameWithin, type Label, labelsOf } from '../../../models/fatigue/labels.ts'
import type { ForecastBatch } from '../../../schemas/forecasts.ts'
import type { TruthSource } from '../../evaluate/truth.ts'
import type { Store } from '../../store/client.ts'
import { readFinalDays } from './read-days.ts'
import { SHIPPED_FATIGUE } from './records.ts'
import { readWatermarks } from './watermarks.ts'

/** A forecast of one creative, as far as its truth is concerned. */
type Asked = { readonly entity: string; readonly metric: string }

/** Of what is served and of the shipped model beside it, whose truths are the same. */
export function fatigueTruthSources(): readonly TruthSource[] {
  const served = fatigueTruths()
  return [served, { ...served, model: SHIPPED_FATIGUE }]
}

/**
 * What became of creatives: 1 where one came to the level within the days of the forecast, 0 where it did not. One that
 * its owner stopped before counts as 0, since the forecast is of an onset that is seen. Null where nobody can know: it
 * had come to the level before, or has too few results to say.
 */
export function fatigueTruths(): TruthSource {
  const known = new Map<string, { readonly hash: bigint; readonly labels: ReadonlyMap<string, Label> }>()
  const newest = new Map<string, bigint>()
  return {
    model: 'fatigue',
    async watermarks(store: Store) {
      const of = await readWatermarks(store)
      return ({ tenant }: ForecastBatch) => of.get(tenant)
    },
    async hashes(store: Store, batches: readonly ForecastBatch[], signal: AbortSignal): Promise<bigint[]> {
      const of = new Map<string, DayHashes>()
      const hashes: bigint[] = []
      for (const batch of batches) {
        signal.throwIfAborted()
        const key = placeOf(batch)
        const days = of.get(key) ?? (await dayHashes(store, batch))
        of.set(key, days)
        newest.set(key, days.at(-1)?.hash ?? 0n)
        const last = batch.origin + batch.horizon_days
        hashes.push(days.findLast(({ day }) => day <= last)?.hash ?? 0n)
      }
      return hashes
    },
    async truths(store: Store, batch: ForecastBatch) {
      const key = placeOf(batch)
      const hash = newest.get(key) ?? 0n
      let held = known.get(key)
      if (held?.hash !== hash) {
        held = { hash, labels: await readLabels(store, batch) }
        // Labels are small, but accounts are many: those that were not asked for longest are read again.
        known.delete(key)
        known.set(key, held)
        if (known.size > ACCOUNTS_MOST) known.delete(known.keys().next().value!)
      }
      const { labels } = held
      return ({ entity, metric }: Asked) => truthOf(labels.get(entity), metric, batch)
    },
  }
}

const ACCOUNTS_MOST = 200

/** @param metric `limited` or `fatigued` */
export function truthOf(
  label: Label | undefined,
  metric: string,
  { horizon_days, origin }: Pick<ForecastBatch, 'origin' | 'horizon_days'>,
): number | null {
  if (label === undefined) return null
  return cameWithin(label, metric === 'fatigued' ? 'fatigued' : 'limited', origin, horizon_days)
}

/** Labels look back only: what a creative had come to by a day is the same whatever came later. */
async function readLabels(store: Store, batch: ForecastBatch): Promise<ReadonlyMap<string, Label>> {
  const { account, platform } = partsOf(batch.scope)
  const extents = await store.query<[string, number, number]>(
    `SELECT time_zone, toUInt16(min(day)), toUInt16(max(day)) FROM fact_delivery
     WHERE tenant = {tenant:String} AND platform = {platform:String} AND account = {account:String} AND creative != ''
     GROUP BY time_zone ORDER BY time_zone`,
    { tenant: batch.tenant, platform, account },
    { format: 'JSONCompactEachRow' },
  )
  const launches = new Map<string, number>()
  const days = []
  for (const [zone, from, to] of extents) {
    for (const row of await readFinalDays(store, {
      tenant: batch.tenant,
      zone,
      from,
      to,
      account: { platform, account },
    })) {
      const launch = Math.min(launches.get(row.creative) ?? row.day, row.day)
      launches.set(row.creative, launch)
      days.push({ ...row, reach_cum: null, age: row.day - launch })
    }
  }
  return new Map(labelsOf(byAccountAndDay(days)).map((label) => [label.creative, label]))
}

type DayHashes = readonly { readonly day: number; readonly hash: bigint }[]

/** For each day a hash of all that was reported of results and spend until then, as it is known now. */
async function dayHashes(store: Store, { scope, tenant }: ForecastBatch): Promise<DayHashes> {
  const rows = await store.query<[number, string]>(
    `SELECT toUInt16(day), toString(sum(h)) FROM (
       SELECT day, id_hash,
         argMax(cityHash64(creative, slice, time_zone, ifNull(conversions_micros, -1), ifNull(spend_micros, -1)), (occurred_at, _offset)) AS h
       FROM fact_delivery
       WHERE tenant = {tenant:String} AND platform = {platform:String} AND account = {account:String}
       GROUP BY day, id_hash)
     GROUP BY day ORDER BY day`,
    { tenant, ...partsOf(scope) },
    { format: 'JSONCompactEachRow' },
  )
  let hash = 0n
  return rows.map(([day, own]) => {
    hash = BigInt.asUintN(64, hash * 0x100000001b3n + BigInt(own))
    return { day, hash }
  })
}

function placeOf({ scope, tenant }: ForecastBatch): string {
  return `${tenant}\0${scope}`
}

function partsOf(scope: string): { readonly platform: string; readonly account: string } {
  const slash = scope.indexOf('/')
  return { platform: scope.slice(0, slash), account: scope.slice(slash + 1) }
}
