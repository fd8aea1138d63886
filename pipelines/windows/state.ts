import type { WindowSet } from '../../schemas/windows.ts'
import type { Store } from '../store/client.ts'
import type { Contribution } from './contribution.ts'
import { loadPages } from './load.ts'
import { belongs, Page } from './page.ts'

/** A contribution of one record, to be added (+1) or taken back (-1). */
export type Placed = {
  readonly contribution: Contribution
  readonly sign: 1 | -1
  readonly offset: number
  readonly received_ms: number
}

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
    this.kept = sets.map((set) => ({ set, pages: new Map() }))
    this.partition = partition
    this.store = store
    this.cells_max = cells_max
  }

  /** Applies contributions in order to every set that they belong to, loading the pages they touch: one query a set. */
  async apply(all: readonly Placed[]): Promise<void> {
    const touched = await Promise.all(this.kept.map((kept) => this.touch(kept, all)))
    for (const pages of touched) {
      for (let i = 0; i < all.length; i++) {
        const { contribution, sign, offset } = all[i]!
        pages[i]?.add(contribution, sign, offset)
      }
    }
  }

  /** The page of each contribution in one set, or undefined where it belongs to none. */
  private async touch({ set, pages }: Kept, all: readonly Placed[]): Promise<readonly (Page | undefined)[]> {
    const touched = new Array<Page | undefined>(all.length)
    const missing: Page[] = []
    for (let i = 0; i < all.length; i++) {
      const { contribution, received_ms } = all[i]!
      if (!belongs(set, contribution, received_ms)) continue
      const key = this.pageKey(contribution)
      let page = pages.get(key)
      if (page === undefined) {
        page = new Page(set, contribution.tenant, contribution.day)
        pages.set(key, page)
        missing.push(page)
      }
      touched[i] = page
    }
    if (missing.length > 0) await loadPages(this.store, set, missing, this.partition)
    return touched
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
  private pageKey({ tenant, day }: Contribution): number {
    let index = this.tenants.get(tenant)
    if (index === undefined) {
      index = this.tenants.size
      this.tenants.set(tenant, index)
    }
    return index * 100_000 + day
  }
}

type Kept = { readonly set: WindowSet; readonly pages: Map<number, Page> }
