import type { Clock } from '../../pipelines/clock.ts'
import { type RequestOptions, type Store, StoreError } from '../../pipelines/store/client.ts'
import type { Range } from '../metrics/times.ts'
import { type Extent, rememberExtents } from './extents.ts'
import type { Apply } from './follow.ts'
import { keyPool } from './key-pool.ts'
import { CELLS_A_LOAD, loadDays } from './load.ts'
import type { DayPage } from './page.ts'
import type { Shape } from './shapes.ts'

export type HeldDays = {
  /**
   * The days of a range that have rows, each as it was committed when this was called, or later. What is not held is
   * read from the store.
   *
   * @returns undefined where the store has to answer: the range is long, a day is large, or the log cannot be read
   * @throws StoreError
   */
  days(
    tenant: string,
    shape: Shape,
    range: Range,
    request: () => RequestOptions,
  ): Promise<readonly DayPage[] | undefined>
}

/** Longer ranges are left to the store, and those of more cells: adding them up would keep the process from all else. */
const DAYS_MAX = 400
const CELLS_A_QUESTION = 100_000
/** What is not known yet is taken to have so many cells a day. */
const CELLS_A_DAY = 1_500
/** All that is held, about 70 MB. */
const CELLS_MAX = 250_000
/** Keys that may never come again are remembered up to so many. */
const KEYS_MAX = 50_000
/** How long a tenant whose days are too large is not tried again. */
const REFUSED_MS = 60_000

/**
 * Days that were asked for, held until the log says that they changed. Nothing in here is older than what was committed
 * when a question came in, and all of it can be read again.
 *
 * @param follow tells of changed windows (see follow.ts)
 */
export function holdDays(
  store: Store,
  follow: (apply: Apply) => () => Promise<boolean>,
  clock: Clock,
  cells_max = CELLS_MAX,
): HeldDays {
  const held = new Map<string, Held>()
  const refused = new Map<string, number>()
  /** Cells of the largest day that was seen, by tenant and shape. */
  const largest = new Map<string, number>()
  const extents = rememberExtents(store)
  /** Whose days are being read ahead. */
  const ahead = new Set<string>()
  let pool = keyPool()
  let cells = 0

  const catchUp = follow((changes) => {
    if (changes === 'lost') {
      for (const id of [...held.keys()]) drop(id)
      extents.forget()
      return
    }
    for (const change of changes) {
      drop(idOf(change.set, change.tenant, change.day))
      extents.changed(change)
    }
  })

  function drop(id: string): void {
    cells -= held.get(id)?.cells ?? 0
    held.delete(id)
  }

  /** Starts a statement for days that are not held, and puts the promises of their pages where others find them. */
  function load(tenant: string, shape: Shape, days: readonly number[], request: RequestOptions): void {
    // Others wait for the same days: they must not lose them when the one who asked first goes away.
    const { signal: _, ...shared } = request
    if (pool.size() > KEYS_MAX) pool = keyPool()
    const pages = loadDays(store, shape, tenant, days, pool, shared)
    for (const [i, day] of days.entries()) {
      const id = idOf(shape.table, tenant, day)
      const entry: Held = { page: pages.then((all) => all?.[i]), cells: 0 }
      held.set(id, entry)
      entry.page.then(
        (page) => settle(id, entry, page),
        () => held.get(id) === entry && drop(id),
      )
    }
    const owner = `${shape.table}\0${tenant}`
    pages.then(
      (all) => {
        if (all === undefined) refused.set(owner, clock() + REFUSED_MS)
        else largest.set(owner, Math.max(largest.get(owner) ?? 1, ...all.map((page) => page.slices.at.length)))
      },
      // Whoever waits for a page has the error.
      () => undefined,
    )
  }

  function settle(id: string, entry: Held, page: DayPage | undefined): void {
    // A day that changed meanwhile is no longer here: it answers those who asked before, and nobody else.
    if (held.get(id) !== entry) return
    if (page === undefined) {
      drop(id)
      return
    }
    entry.cells = page.slices.at.length + 1
    cells += entry.cells
    for (const oldest of held.keys()) {
      if (cells <= cells_max) return
      drop(oldest)
    }
  }

  /** Who asked for days asks for those beside them next: these are read before anybody waits for them. */
  async function readAhead(
    tenant: string,
    shape: Shape,
    { from, to }: Extent,
    owner: string,
    request: () => RequestOptions,
  ) {
    const cells_a_block = NEIGHBOURS * (largest.get(owner) ?? CELLS_A_DAY)
    if (ahead.has(owner) || cells + cells_a_block > cells_max || cells_a_block > CELLS_A_LOAD / 2) return
    const isMissing = (day: number) => !held.has(idOf(shape.table, tenant, day))
    const beside = aroundThem([from - NEIGHBOURS, to + NEIGHBOURS - 1]).filter(isMissing)
    if (beside.length === 0) return
    ahead.add(owner)
    try {
      const extent = await extents.of(tenant, request())
      const days = beside.filter((day) => day >= extent.from && day < extent.to && isMissing(day))
      if (days.length === 0) return
      load(tenant, shape, days, request())
      await Promise.all(days.map((day) => held.get(idOf(shape.table, tenant, day))!.page))
    } catch (error) {
      // Whoever asks for these days has the store's answer by then.
      if (!(error instanceof StoreError)) throw error
    } finally {
      ahead.delete(owner)
    }
  }

  return {
    async days(tenant, shape, range, request) {
      const owner = `${shape.table}\0${tenant}`
      if (clock() < (refused.get(owner) ?? 0) || !(await catchUp())) return undefined
      refused.delete(owner)
      const { from, to } = await within(range, () => extents.of(tenant, request()))
      const cells_a_day = largest.get(owner) ?? CELLS_A_DAY
      if (to - from > Math.min(DAYS_MAX, CELLS_A_QUESTION / cells_a_day)) return undefined
      const days = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
      const isMissing = (day: number) => !held.has(idOf(shape.table, tenant, day))
      const missing = aroundThem(days.filter(isMissing)).filter(isMissing)
      const days_a_load = Math.max(NEIGHBOURS, Math.floor(CELLS_A_LOAD / 2 / cells_a_day))
      for (let at = 0; at < missing.length; at += days_a_load) {
        load(tenant, shape, missing.slice(at, at + days_a_load), request())
      }
      const pages = await Promise.all(
        days.map((day) => {
          const id = idOf(shape.table, tenant, day)
          const entry = held.get(id)!
          // To the end of the order of use.
          held.delete(id)
          held.set(id, entry)
          return entry.page
        }),
      )
      if (pages.some((page) => page === undefined)) return undefined
      void readAhead(tenant, shape, { from, to }, owner, request)
      return pages as DayPage[]
    },
  }
}

/** A range in which there may be more days than are looked at is cut to those that have rows. */
async function within({ from, to }: Range, read: () => Promise<Extent>): Promise<Extent> {
  if (from !== undefined && to !== undefined && to - from <= DAYS_MAX) return { from: Math.max(0, from), to }
  const extent = await read()
  return { from: Math.max(from ?? 0, extent.from), to: Math.min(to ?? extent.to, extent.to) }
}

/**
 * These days with their neighbours: who asked for a day asks for the one beside it next, and a statement for eight days
 * costs little more than one for a day.
 */
function aroundThem(days: readonly number[]): number[] {
  const blocks = new Set(days.map((day) => Math.floor(day / NEIGHBOURS)))
  return [...blocks].flatMap((block) => Array.from({ length: NEIGHBOURS }, (_, i) => block * NEIGHBOURS + i))
}

const NEIGHBOURS = 8

type Held = { readonly page: Promise<DayPage | undefined>; cells: number }

function idOf(table: string, tenant: string, day: number): string {
  return `${table}\0${tenant}\0${day}`
}
