import { type Store, StoreError } from '../../pipelines/store/client.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import type { Watermarks } from '../metrics/context.ts'
import type { Versions } from './versions.ts'

/**
 * Versions of what is committed, as the store itself tells: a number made of the parts of its tables, which an insert
 * changes and a merge does not. For where the log is a broker: asking that for its end would be a trip a question, and its
 * outage ours.
 *
 * The version is read after the question was asked and before its rows, so it is never newer than they. Who comes while
 * one is being read waits for the next: however many ask, one reading is under way.
 *
 * Nothing is held where replicas answer in turn (one may know less than the other has told), and where the user of the
 * store may not read `system.parts`.
 */
export function storeVersions(store: Store, watermarks: (tenant: string) => Promise<Watermarks>): Versions {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<Parts | undefined> | undefined

  async function read(): Promise<Parts | undefined> {
    next = undefined
    try {
      const [row] = await store.query<Parts>(PARTS, { windows: WINDOWS })
      return row?.copies === 0 ? row : undefined
    } catch (error) {
      // What is wrong with the store is told by who asks it for rows.
      if (error instanceof StoreError) return undefined
      throw error
    }
  }

  return {
    async of(tenant, reads) {
      const marks = await watermarks(tenant)
      if (next === undefined) {
        next = last.then(read, read)
        last = next
      }
      const parts = await next
      if (parts === undefined) return undefined
      const sources = [...marks].map(([source, ms]) => `${source}=${ms}`).toSorted()
      return JSON.stringify([parts[reads], sources])
    },
  }
}

type Parts = { readonly windows: string; readonly facts: string; readonly copies: number }

const WINDOWS = WINDOW_SETS.map(({ name }) => name)

/**
 * A block number grows with every insert into a partition of a table, and so does that of a mutation, which ends a part's
 * name; a merged part keeps the greatest of its parts. Tables that are made anew have another id.
 */
const PARTS = `WITH tables AS (
    SELECT name, uuid, engine FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
  ), partitions AS (
    SELECT table, partition_id, max(max_block_number) AS block, max(toUInt64OrZero(extract(name, '_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$'))) AS mutation
    FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition_id
  )
  SELECT
    toString(groupBitXorIf(cityHash64(table, uuid, partition_id, block, mutation), has({windows:Array(String)}, table))) AS windows,
    toString(groupBitXor(cityHash64(table, uuid, partition_id, block, mutation))) AS facts,
    toUInt32(countIf(engine LIKE 'Replicated%' OR engine LIKE 'Shared%')) AS copies
  FROM partitions INNER JOIN tables ON tables.name = partitions.table`
