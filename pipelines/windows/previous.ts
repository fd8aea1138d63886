import { formatDay } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { Contribution } from './contribution.ts'
import { CONTRIBUTING, type StoredFact } from './stored-facts.ts'

/** An observation that a newer one supersedes, and that lies in the store. */
export type StoredPlace = {
  readonly tenant: string
  readonly type: string
  readonly day: number
  readonly offset: number
}

/**
 * What stored observations contributed, read back from their fact rows, keyed by offset. An entry that is undefined
 * contributed nothing (a test or voided order).
 *
 * @throws Error when a row is missing: the identity table names it, so this is our own mistake
 */
export async function storedContributions(
  store: Store,
  topic: string,
  partition: number,
  places: readonly StoredPlace[],
): Promise<ReadonlyMap<number, Contribution | undefined>> {
  const out = new Map<number, Contribution | undefined>()
  const groups = Map.groupBy(places, (place) => `${place.type}\0${place.tenant}`)
  for (const group of groups.values()) {
    const { tenant, type } = group[0]!
    const reader = CONTRIBUTING.get(type)!
    const rows = await store.query<StoredFact>(
      `SELECT _offset AS offset, toUInt32(day) AS day_number, ${reader.columns}
       FROM ${reader.table}
       WHERE tenant = {tenant:String} AND day IN {days:Array(Date)}
         AND _topic = {topic:String} AND _partition = {partition:UInt16}
         AND _offset IN (SELECT arrayJoin({offsets:Array(Int64)}))`,
      {
        tenant,
        topic,
        partition,
        days: [...new Set(group.map((place) => formatDay(place.day)))],
        offsets: group.map((place) => place.offset),
      },
    )
    for (const row of rows) out.set(Number(row.offset), reader.read(tenant, Number(row.day_number), row))
  }
  for (const { type, offset } of places) {
    if (!out.has(offset)) throw new Error(`${type} at offset ${offset} has an identity but no fact row`)
  }
  return out
}
