import { mondayOf } from '../../../models/ltv/week.ts'
import type { ForecastBatch } from '../../../schemas/forecasts.ts'
import { parseDay } from '../../../schemas/zone.ts'
import type { TruthSource } from '../../evaluate/truth.ts'
import type { Store } from '../../store/client.ts'
import { DIRECT, readAcquisition } from './acquisition.ts'
import { KNOWN_MONEY, KNOWN_ORDERS, KNOWN_REFUNDS, type ShopAsOf, type ShopKey } from './facts.ts'
import { readSegments } from './segments.ts'
import { endOf, readShops, readSources } from './watch.ts'

/** What customers brought within the horizon, net of refunds, as it is known now. */
export const ltvTruth: TruthSource = {
  model: 'ltv',
  async watermarks(store) {
    const read = new Map((await readSources(store)).map((one) => [`${one.tenant}\0${one.source}`, one.watermark_ms]))
    return ({ scope, tenant }) => read.get(`${tenant}\0${scope}`)
  },
  async hashes(store, batches, signal) {
    const days = new Map<string, ReadonlyMap<number, bigint>>()
    for (const batch of batches) {
      const key = shopText(batch)
      if (!days.has(key)) days.set(key, await readDayHashes(store, everKnown(batch), signal))
    }
    return batches.map((batch) => {
      const own = days.get(shopText(batch))!
      let hash = 0n
      for (let day = batch.origin + 1; day <= batch.origin + batch.horizon_days; day++) hash ^= own.get(day) ?? 0n
      return hash
    })
  },
  async truths(store, batch, signal) {
    const as_of = await asOfOrigin(store, batch)
    const firsts = await readFirstDays(store, as_of, signal)
    const acquired = await readAcquisition(store, as_of, { signal })
    const segments = await readSegments(store, as_of, { signal })
    const brought = await readBrought(store, batch, signal)
    const sums = new Map<string, number>()
    const add = (key: string, value: number) => sums.set(key, (sums.get(key) ?? 0) + value)
    for (const [customer, first_day] of firsts) {
      const value = brought.get(customer) ?? 0
      const { campaign, channel } = acquired.get(customer) ?? DIRECT
      add(`shop\0${batch.scope}`, value)
      add(`cohort\0${mondayOf(first_day)}`, value)
      add(`channel\0${channel}`, value)
      add(`campaign\0${channel}/${campaign}`, value)
      add(`segment\0${segments.get(customer) ?? ''}`, value)
    }
    return ({ entity, entity_kind }) => {
      if (entity_kind === 'customer') return firsts.has(entity) ? (brought.get(entity) ?? 0) : null
      const name = entity_kind === 'cohort' ? String(parseDay(entity)) : entity
      return sums.get(`${entity_kind}\0${name}`) ?? null
    }
  },
}

function shopText({ currency, scope, tenant }: ForecastBatch): string {
  return `${tenant}\0${scope}\0${currency}`
}

/** All that is known of a shop by now. */
function everKnown({ currency, scope, tenant }: ForecastBatch): ShopAsOf {
  return { tenant, source: scope, currency, until: DAY_MAX, known_ms: DAY_MAX * 86_400_000 }
}

/** The last day that the store's Date holds. */
const DAY_MAX = 65_535

/** The shop as the forecast saw it: whom it was about is decided by what was known then. */
async function asOfOrigin(store: Store, { currency, origin, scope, tenant }: ForecastBatch): Promise<ShopAsOf> {
  const shop: ShopKey = { tenant, source: scope, currency }
  const shops = await readShops(store, { tenant, source: scope, watermark_ms: 0 })
  const offset_min = shops.find((one) => one.currency === currency)?.offset_min ?? 0
  return { ...shop, until: origin, known_ms: endOf(origin, offset_min) }
}

async function readDayHashes(store: Store, shop: ShopAsOf, signal: AbortSignal): Promise<Map<number, bigint>> {
  const rows = await store.query<[number, string]>(
    `SELECT toUInt16(day) AS d, toString(groupBitXor(hash)) FROM (
       SELECT day, cityHash64(id_hash, customer, total_micros) AS hash FROM (${KNOWN_ORDERS})
       UNION ALL SELECT day, cityHash64(id_hash, who, amount_micros) AS hash FROM (${KNOWN_REFUNDS}))
     GROUP BY d`,
    { ...shop },
    { signal, format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([day, hash]) => [day, BigInt(hash)]))
}

async function readFirstDays(store: Store, shop: ShopAsOf, signal: AbortSignal): Promise<Map<string, number>> {
  const rows = await store.query<[string, number]>(
    `SELECT customer, toUInt16(min(day)) FROM (${KNOWN_MONEY}) WHERE micros >= 0 GROUP BY customer`,
    { ...shop },
    { signal, format: 'JSONCompactEachRow' },
  )
  return new Map(rows)
}

/** Micros of each customer within the horizon. */
async function readBrought(store: Store, batch: ForecastBatch, signal: AbortSignal): Promise<Map<string, number>> {
  const rows = await store.query<[string, number]>(
    `SELECT customer, toFloat64(sum(micros)) FROM (${KNOWN_MONEY}) WHERE day > toDate({origin:UInt16}) GROUP BY customer`,
    { ...everKnown(batch), origin: batch.origin, until: batch.origin + batch.horizon_days },
    { signal, format: 'JSONCompactEachRow' },
  )
  return new Map(rows)
}
