import type { WindowSet } from '../../schemas/windows.ts'
import type { Store } from '../store/client.ts'

/**
 * Which pages of a set have rows of this partition in the store, so that a page without any is not asked for: a
 * question costs the store some milliseconds, and a backfill begins thousands of pages. Asked once when the first page
 * is wanted; from then on nobody but us writes rows of this partition.
 */
export class WrittenPages {
  private readonly keys = new Set<number>()
  /** Beyond this many every page counts as written, and is asked for. */
  private readonly pages_max: number

  private constructor(pages_max: number) {
    this.pages_max = pages_max
  }

  /** @param keyOf  a number for tenant and day (days since 1970), the same that `take` is given */
  static async ask(
    store: Store,
    set: WindowSet,
    partition: number,
    keyOf: (tenant: string, day: number) => number,
    pages_max = PAGES_MAX,
  ): Promise<WrittenPages> {
    const rows = await store.query<[string, number]>(
      `SELECT DISTINCT tenant, toUInt32(day) FROM ${set.name} WHERE _partition = {partition:UInt16}
       LIMIT {limit:UInt32}`,
      { partition, limit: pages_max + 1 },
      { format: 'JSONCompactEachRow' },
    )
    const pages = new WrittenPages(pages_max)
    for (const [tenant, day] of rows) pages.keys.add(keyOf(tenant, Number(day)))
    return pages
  }

  /** Whether a page may have rows in the store. From now on it may: whoever asks is about to write some. */
  take(key: number): boolean {
    if (this.keys.size > this.pages_max || this.keys.has(key)) return true
    this.keys.add(key)
    return false
  }
}

/** About 10 MB a set and partition. */
const PAGES_MAX = 200_000
