import type { WindowSet } from '../../schemas/windows.ts'
import type { Store } from '../store/client.ts'
import { CHANGE, CHANGE_WIDTH, type Changes } from './changes.ts'
import { loadPages } from './load.ts'
import { belongs, Page } from './page.ts'
import { WrittenPages } from './written.ts'

/**
 * The windows of one source partition: pages of cells, loaded when first touched and evicted when clean and long
 * unused. Everything in here can be rebuilt from the window tables and the log.
 */
export class WindowState {
  private readonly kept: readonly Kept[]
  private readonly partition: number
  private readonly store: Store
  private readonly cells_max: number
  private readonly tenants = new Map<string, number>()

  /** @param cells_max clean pages are dropped, oldest first, while more cells than this are held */
  constructor(sets: readonly WindowSet[], partition: number, store: Store, cells_max: number) {
    this.kept = sets.map((set) => ({ set, pages: new Map(), touched: [], written: undefined }))
    this.partition = partition
    this.store = store
    this.cells_max = cells_max
  }

  /** Applies changes to every set that they belong to, loading the pages they touch that have rows in the store: one query a set. */
  async apply(changes: Changes): Promise<void> {
    await Promise.all(this.kept.map((kept) => this.touch(kept, changes)))
    for (const { touched } of this.kept) {
      for (let n = 0; n < changes.count; n++) touched[n]?.add(changes, n)
    }
  }

  /** Finds the page of each change in one set, or undefined where it belongs to none. */
  private async touch(kept: Kept, changes: Changes): Promise<void> {
    const { set, pages, touched } = kept
    const missing = new Map<number, Page>()
    for (let n = 0; n < changes.count; n++) {
      const base = n * CHANGE_WIDTH
      touched[n] = undefined
      if (!belongs(set, changes.slots, base)) continue
      const tenant = changes.tenants[n]!
      const day = changes.slots[base + CHANGE.day]!
      const key = this.pageKey(tenant, day)
      let page = pages.get(key)
      if (page === undefined) {
        page = new Page(set, tenant, day)
        pages.set(key, page)
        missing.set(key, page)
      }
      touched[n] = page
    }
    if (missing.size > 0) await this.load(kept, missing)
  }

  private async load(kept: Kept, missing: ReadonlyMap<number, Page>): Promise<void> {
    const { partition, store } = this
    kept.written ??= await WrittenPages.ask(store, kept.set, partition, (tenant, day) => this.pageKey(tenant, day))
    const { written } = kept
    const pages = [...missing].filter(([key]) => written.take(key)).map(([, page]) => page)
    if (pages.length > 0) await loadPages(store, kept.set, pages, partition)
  }

  /** Pages with cells that changed since the last commit. */
  dirty(): Page[] {
    const dirty: Page[] = []
    for (const { pages } of this.kept) for (const page of pages.values()) if (page.dirty.length > 0) dirty.push(page)
    return dirty
  }

  /** What was dirty is in the store. Pages move to the end of their set's order of use, and old ones may go. */
  committed(): void {
    let cells = 0
    for (const { pages } of this.kept) {
      for (const [key, page] of [...pages]) {
        cells += page.size
        if (page.dirty.length === 0) continue
        page.clean()
        pages.delete(key)
        pages.set(key, page)
      }
    }
    for (const { pages } of this.kept) {
      for (const [key, page] of pages) {
        if (cells <= this.cells_max) return
        pages.delete(key)
        cells -= page.size
      }
    }
  }

  /** Tenant and day as one number: days stay below 10^5 until the year 2243. */
  private pageKey(tenant: string, day: number): number {
    let index = this.tenants.get(tenant)
    if (index === undefined) {
      index = this.tenants.size
      this.tenants.set(tenant, index)
    }
    return index * 100_000 + day
  }
}

type Kept = {
  readonly set: WindowSet
  readonly pages: Map<number, Page>
  /** By change: its page, while changes are applied. */
  readonly touched: (Page | undefined)[]
  /** Undefined until the first page is wanted. */
  written: WrittenPages | undefined
}
