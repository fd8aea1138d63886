import { isMoneySum, WINDOW_SETS, WINDOW_SUMS, type WindowSet } from '../../schemas/windows.ts'
import { formatDay } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { eachRow } from '../store/each-row.ts'
import { Changes } from '../windows/changes.ts'
import { type Sum, toSum } from '../windows/contribution.ts'
import { belongs, Page } from '../windows/page.ts'
import { CONTRIBUTING, type StoredFact } from '../windows/stored-facts.ts'
import { hashOfHex } from '../windows/stored-hash.ts'
import type { Chunk } from './pages.ts'

export type Recomputing = {
  readonly topic: string
  /** Table with the offsets of what does not count any more. */
  readonly superseded: string
  /** Only facts before this offset of the chunk's partition are looked at. */
  readonly as_of: number
  /** Today, days since 1970: what a window set keeps for some days only is left alone when it is older. */
  readonly today: number
}

/** A live row and what it should be; places as in WINDOW_SUMS. A row that is not there is zeros. */
export type CellPair = {
  readonly live: readonly Sum[]
  readonly right: readonly Sum[]
  /** The live row holds records that were not looked at, so the two cannot be compared. */
  readonly isAhead: boolean
  /** Of the live row; 0 where there is none. */
  readonly version: bigint
}

export type RecomputedPage = {
  readonly page: Page
  /** One per cell of the page. */
  readonly cells: readonly CellPair[]
}

/**
 * Works out the windows of a chunk from the facts, by the code that fills them, beside what is in the tables. Each page
 * has the cells of both: one that should not be there is in it with zeros, as the pipeline leaves it when a window
 * becomes empty. No cell is dirty yet.
 */
export async function recompute(
  store: Store,
  chunk: Chunk,
  how: Recomputing,
): Promise<{ pages: RecomputedPage[]; facts: number }> {
  const pages = new Map<string, { page: Page; live: Live[] }>()
  for (const set of WINDOW_SETS) {
    const days = chunk.days.filter((day) => set.keep_days === undefined || day > how.today - set.keep_days)
    for (const day of days) pages.set(keyOf(set, day), { page: new Page(set, chunk.tenant, day), live: [] })
    if (days.length > 0) await readLive(store, set, { ...chunk, days }, pages)
  }
  const facts = await addFacts(store, chunk, how, pages)
  return {
    facts,
    pages: [...pages.values()].map(({ live, page }) => {
      const cells = Array.from({ length: page.size }, (_, cell) => pairOf(page, cell, live[cell], how.as_of))
      page.clean()
      return { page, cells }
    }),
  }
}

type Live = { readonly sums: readonly Sum[]; readonly applied: number; readonly version: bigint }
type Pages = ReadonlyMap<string, { readonly page: Page; readonly live: Live[] }>

/** Puts every row that is there into its page, empty, by the hash it has and not by the one it should have. */
async function readLive(store: Store, set: WindowSet, chunk: Chunk, pages: Pages): Promise<void> {
  const width = set.dimensions.length
  const rows = await store.query<unknown[]>(
    `SELECT toUInt32(day), ${set.grain === 'day' ? '0' : 'toUInt32(start)'}, hex(cell), applied, toString(version),
       ${set.dimensions.join(', ')}, currency, slice,
       ${WINDOW_SUMS.map((name) => (isMoneySum(name) ? `toString(${name})` : name)).join(', ')}
     FROM ${set.name} FINAL
     WHERE tenant = {tenant:String} AND day IN {days:Array(Date)} AND _partition = {partition:UInt16}`,
    { tenant: chunk.tenant, days: chunk.days.map(formatDay), partition: chunk.partition },
    { format: 'JSONCompactEachRow' },
  )
  for (const row of rows) {
    const { live, page } = pages.get(keyOf(set, Number(row[0])))!
    const hash = hashOfHex(row[2] as string)
    const labels = row.slice(5, 5 + width + 2) as string[]
    page.put({ start_ms: Number(row[1]) * 1000, labels, hash, sums: ZEROS, applied: -1 })
    live.push({
      sums: row.slice(5 + width + 2).map((value) => toSum(value as string)),
      applied: Number(row[3]),
      version: BigInt(row[4] as string),
    })
  }
}

async function addFacts(store: Store, chunk: Chunk, how: Recomputing, pages: Pages): Promise<number> {
  const { days, partition, tenant } = chunk
  const params = { tenant, partition, topic: how.topic, as_of: how.as_of, days: days.map(formatDay) }
  const changes = new Changes()
  let facts = 0
  for (const { columns, read, table } of CONTRIBUTING.values()) {
    const sql = `SELECT _offset AS offset, toUInt32(day) AS day_number, toUnixTimestamp64Milli(received_at) AS received_ms, ${columns}
      FROM ${table}
      WHERE tenant = {tenant:String} AND day IN {days:Array(Date)} AND _topic = {topic:String}
        AND _partition = {partition:UInt16} AND _offset < {as_of:Int64} AND _offset NOT IN (
          SELECT _offset FROM ${how.superseded} WHERE _partition = {partition:UInt16} AND day IN {days:Array(Date)})`
    await eachRow<StoredFact>(store, sql, params, (row) => {
      facts++
      const day = Number(row.day_number)
      const contribution = read(tenant, day, row)
      if (contribution === undefined) return
      changes.clear()
      changes.add(contribution, 1, Number(row.offset), Number(row.received_ms))
      for (const set of WINDOW_SETS) {
        if (belongs(set, changes.slots, 0)) pages.get(keyOf(set, day))?.page.add(changes, 0)
      }
    })
  }
  return facts
}

function pairOf(page: Page, cell: number, live: Live | undefined, as_of: number): CellPair {
  return {
    live: live?.sums ?? ZEROS,
    right: WINDOW_SUMS.map((_, place) => page.sum(cell, place)),
    isAhead: (live?.applied ?? 0) > as_of,
    version: live?.version ?? 0n,
  }
}

function keyOf(set: WindowSet, day: number): string {
  return `${set.name} ${day}`
}

const ZEROS: readonly Sum[] = WINDOW_SUMS.map(() => 0)
