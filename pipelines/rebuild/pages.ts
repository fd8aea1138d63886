import { WINDOW_SETS } from '../../schemas/windows.ts'
import type { Store } from '../store/client.ts'
import { CONTRIBUTING } from '../windows/stored-facts.ts'

/** All windows of a tenant and local day that come from one source partition: what is recomputed as one. */
export type PageAt = { readonly tenant: string; readonly day: number; readonly partition: number }
/** Days of one tenant and partition that are recomputed by the same statements. */
export type Chunk = { readonly tenant: string; readonly partition: number; readonly days: readonly number[] }

/** Every page from a day on that has facts, or windows that should have some, in chunks of about so many rows. */
export async function chunksFrom(store: Store, topic: string, from_day: number): Promise<Chunk[]> {
  const facts = [...CONTRIBUTING.values()].map(
    ({ table }) =>
      `SELECT tenant, day, _partition, count() AS n FROM ${table}
       WHERE day >= toDate({from_day:UInt16}) AND _topic = {topic:String} GROUP BY tenant, day, _partition`,
  )
  const windows = WINDOW_SETS.map(
    ({ name }) =>
      `SELECT tenant, day, _partition, count() AS n FROM ${name}
       WHERE day >= toDate({from_day:UInt16}) GROUP BY tenant, day, _partition`,
  )
  const rows = await store.query<[string, number, number, string]>(
    `SELECT tenant, toUInt32(day), _partition, sum(n) FROM (${[...facts, ...windows].join(' UNION ALL ')})
     GROUP BY tenant, day, _partition ORDER BY _partition, tenant, day`,
    { from_day, topic },
    { format: 'JSONCompactEachRow' },
  )
  return chunked(rows.map(([tenant, day, partition, n]) => ({ tenant, day, partition, rows: Number(n) })))
}

/** Pages that records of a range of offsets can have changed: those of every observation of their identities. */
export async function chunksTouched(
  store: Store,
  topic: string,
  { partition, from, to, from_day }: Range & { readonly from_day: number },
): Promise<Chunk[]> {
  if (from >= to) return []
  const rows = await store.query<[string, number]>(
    `SELECT DISTINCT tenant, toUInt32(day) FROM identities
     WHERE id_hash IN (SELECT id_hash FROM identities WHERE ${IN_RANGE}) AND _topic = {topic:String}
       AND _partition = {partition:UInt16} AND _offset < {to:Int64} AND day >= toDate({from_day:UInt16})
     ORDER BY tenant, day`,
    { topic, partition, from, to, from_day },
    { format: 'JSONCompactEachRow' },
  )
  return chunked(rows.map(([tenant, day]) => ({ tenant, day, partition, rows: 0 })))
}

/** Records `from` to `to` of a partition. */
export type Range = { readonly partition: number; readonly from: number; readonly to: number }

/**
 * Adds what records of a range made to be superseded, before and within it. What was superseded once stays so, hence
 * ranges can be added one after the other.
 */
export async function addSuperseded(store: Store, table: string, topic: string, range: Range): Promise<void> {
  if (range.from >= range.to) return
  const { partition, from, to } = range
  // `identities` is ordered by hash: groups come one after the other and are never all in memory.
  await store.command(
    `INSERT INTO ${table} (_partition, day, _offset)
     SELECT {partition:UInt16}, seen.4, seen.2 FROM (
       SELECT arrayPopBack(arraySort(groupArray((occurred_ms, _offset, type, day)))) AS before
       FROM identities
       WHERE _topic = {topic:String} AND _partition = {partition:UInt16} AND _offset < {to:Int64}
         ${from === 0 ? '' : `AND id_hash IN (SELECT id_hash FROM identities WHERE ${IN_RANGE})`}
       GROUP BY id_hash, tenant HAVING count() > 1
     ) ARRAY JOIN before AS seen`,
    { topic, partition, to, ...(from === 0 ? {} : { from }) },
    { settings: { optimize_aggregation_in_order: 1 } },
  )
}

const IN_RANGE =
  '_topic = {topic:String} AND _partition = {partition:UInt16} AND _offset >= {from:Int64} AND _offset < {to:Int64}'

function chunked(pages: readonly (PageAt & { readonly rows: number })[]): Chunk[] {
  const chunks: (Chunk & { days: number[] })[] = []
  let rows = 0
  for (const page of pages) {
    const last = chunks.at(-1)
    const fits = last?.tenant === page.tenant && last.partition === page.partition && rows + page.rows <= ROWS_A_CHUNK
    if (last !== undefined && fits && last.days.length < DAYS_A_CHUNK) {
      last.days.push(page.day)
      rows += page.rows
    } else {
      chunks.push({ tenant: page.tenant, partition: page.partition, days: [page.day] })
      rows = page.rows
    }
  }
  return chunks
}

const ROWS_A_CHUNK = 50_000
const DAYS_A_CHUNK = 500
