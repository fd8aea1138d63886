import { WINDOW_SETS, WINDOW_SUMS } from '../../schemas/windows.ts'
import type { Sum } from '../windows/contribution.ts'
import type { CellPair, RecomputedPage } from './recompute.ts'

/** What a rebuild changes in one window table. */
export type TableDifference = {
  /** Windows that should be there and are not. */
  readonly added: number
  /** Windows that should not be there: they become empty. */
  readonly removed: number
  readonly changed: number
  /** Sums over the rows that differ, before and after, as decimal text; only measures that differ. */
  readonly sums: Readonly<Record<string, { readonly before: string; readonly after: string }>>
}

/** Differences by page, so that a page which is recomputed takes the place of what it said before. */
export class Differences {
  private readonly pages = new Map<string, PageDifference>()
  /** By partition: the newest version among live rows that differ. */
  readonly versions = new Map<number, bigint>()

  see(partition: number, { cells, page }: RecomputedPage): void {
    const found: PageDifference = {
      set: page.set.name,
      added: 0,
      removed: 0,
      changed: 0,
      before: zeros(),
      after: zeros(),
    }
    for (const cell of cells) {
      if (!isDifferent(cell) || cell.isAhead) continue
      if (cell.version > (this.versions.get(partition) ?? 0n)) this.versions.set(partition, cell.version)
      if (isEmpty(cell.live)) found.added++
      else if (isEmpty(cell.right)) found.removed++
      else found.changed++
      for (let place = 0; place < WINDOW_SUMS.length; place++) {
        found.before[place]! += BigInt(cell.live[place]!)
        found.after[place]! += BigInt(cell.right[place]!)
      }
    }
    const key = `${page.set.name}\0${page.tenant}\0${page.day}\0${partition}`
    if (found.added + found.removed + found.changed > 0) this.pages.set(key, found)
    else this.pages.delete(key)
  }

  get size(): number {
    return this.pages.size
  }

  /** By window table, all of them. */
  tables(): Readonly<Record<string, TableDifference>> {
    return Object.fromEntries(WINDOW_SETS.map(({ name }) => [name, this.tableOf(name)]))
  }

  private tableOf(set: string): TableDifference {
    const pages = [...this.pages.values()].filter((page) => page.set === set)
    const count = (of: 'added' | 'removed' | 'changed') => pages.reduce((sum, page) => sum + page[of], 0)
    const sum = (of: 'before' | 'after', place: number) => pages.reduce((all, page) => all + page[of][place]!, 0n)
    const sums = WINDOW_SUMS.map((name, place) => [name, sum('before', place), sum('after', place)] as const)
    return {
      added: count('added'),
      removed: count('removed'),
      changed: count('changed'),
      sums: Object.fromEntries(
        sums
          .filter(([, before, after]) => before !== after)
          .map(([name, before, after]) => [name, { before: String(before), after: String(after) }]),
      ),
    }
  }
}

type PageDifference = {
  readonly set: string
  added: number
  removed: number
  changed: number
  readonly before: bigint[]
  readonly after: bigint[]
}

export function isDifferent({ live, right }: CellPair): boolean {
  return live.some((sum, place) => BigInt(sum) !== BigInt(right[place]!))
}

function isEmpty(sums: readonly Sum[]): boolean {
  return sums.every((sum) => BigInt(sum) === 0n)
}

function zeros(): bigint[] {
  return WINDOW_SUMS.map(() => 0n)
}
