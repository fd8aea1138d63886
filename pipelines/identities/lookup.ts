import type { Seen } from '../observe/seen.ts'
import type { Store } from '../store/client.ts'

/**
 * What was seen of some identities before an offset of their partition, from the table `identities`, which is ordered
 * by hash: a lookup reads a few granules a hash, whatever the size of the table.
 *
 * @param hashes 32 hex digits each
 * @param before only observations with a smaller offset count, so that rows of a half-written batch do not
 */
export async function findSeen(
  store: Store,
  topic: string,
  partition: number,
  hashes: readonly string[],
  before: number,
): Promise<ReadonlyMap<string, readonly Seen[]>> {
  const found = new Map<string, Seen[]>()
  for (let at = 0; at < hashes.length; at += HASHES_A_QUERY) {
    const some = hashes.slice(at, at + HASHES_A_QUERY)
    const rows = await store.query<Row>(
      `SELECT lower(hex(id_hash)), tenant, toString(content), toInt64(occurred_ms), _offset, toUInt32(day)
       FROM identities
       WHERE id_hash IN (
         SELECT toFixedString(substring(unhex({hashes:String}), number * 16 + 1, 16), 16) FROM numbers({count:UInt32}))
         AND _topic = {topic:String} AND _partition = {partition:UInt16} AND _offset < {before:Int64}`,
      { hashes: some.join(''), count: some.length, topic, partition, before },
      { format: 'JSONCompactEachRow' },
    )
    for (const [hash, tenant, content, occurred_ms, offset, day] of rows) {
      const seen: Seen = { tenant, content, occurred_ms: Number(occurred_ms), offset: Number(offset), day: Number(day) }
      const others = found.get(hash)
      if (others === undefined) found.set(hash, [seen])
      else others.push(seen)
    }
  }
  return found
}

type Row = [string, string, string, string, string, number]

/** The embedded store puts parameters into the text of the query, which may have 262,144 bytes: 32 for a hash. */
const HASHES_A_QUERY = 7_500
