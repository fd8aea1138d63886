import { DIMENSIONS, WINDOW_SUMS, type WindowSet } from '../../schemas/windows.ts'
import { DAY_MS, localHourStart } from '../../schemas/zone.ts'
import { addExact, type Contribution, cellHash, cellKey, type Sum } from './contribution.ts'

/** One window of one key from one source partition: absolute sums. */
export type Cell = {
  /** Start of the window: UTC ms for windows below a day, 0 for days (their key is the local date). */
  readonly start_ms: number
  /** Values of the set's dimensions, in order. */
  readonly dimensions: readonly string[]
  readonly currency: string
  readonly slice: string
  /** Hash of the three above. */
  readonly hash: Uint8Array
  readonly sums: Sum[]
  /** The stored row holds all contributions of records before this offset already. */
  readonly applied: number
  dirty: boolean
}

/** All cells of one set, tenant and local day from this partition: what is loaded, kept and evicted as one. */
export class Page {
  readonly set: WindowSet
  readonly tenant: string
  readonly day: number
  readonly dirty: Cell[] = []
  size = 0
  /** By start, then by key: the key of a contribution is one text for all sets, hashed once. */
  private readonly starts = new Map<number, Map<string, Cell>>()
  private readonly isWhole: boolean

  constructor(set: WindowSet, tenant: string, day: number) {
    this.set = set
    this.tenant = tenant
    this.day = day
    this.isWhole = set.dimensions.length === DIMENSIONS.length
  }

  /** Puts a row that was read back from the store. */
  put(cell: Cell): void {
    this.at(cell.start_ms).set(cellKey(cell.dimensions, cell.currency, cell.slice), cell)
    this.size++
  }

  /**
   * Adds (or takes back) a contribution of the record at `offset`. A cell whose stored row already holds that record
   * keeps its sums: this is what makes a replay after a crash add nothing. It still counts as changed, because the
   * writer before us may have died before it told the log.
   */
  add(contribution: Contribution, sign: 1 | -1, offset: number): void {
    const start_ms = startOf(this.set, contribution)
    const { currency, slice } = contribution
    const dimensions = this.isWhole ? contribution.dimensions : pick(this.set, contribution.dimensions)
    const key = this.isWhole ? contribution.key : cellKey(dimensions, currency, slice)
    const cells = this.at(start_ms)
    let cell = cells.get(key)
    if (cell === undefined) {
      const hash = this.isWhole ? contribution.hash : cellHash(key)
      cell = { start_ms, dimensions, currency, slice, hash, sums: ZEROS.slice(), applied: -1, dirty: false }
      cells.set(key, cell)
      this.size++
    }
    if (!cell.dirty) {
      cell.dirty = true
      this.dirty.push(cell)
    }
    if (offset < cell.applied) return
    const { sums } = cell
    for (let i = 0; i < sums.length; i++) {
      const value = contribution.sums[i]!
      if (value !== 0) sums[i] = addExact(sums[i]!, value, sign)
    }
  }

  private at(start_ms: number): Map<string, Cell> {
    let cells = this.starts.get(start_ms)
    if (cells === undefined) {
      cells = new Map()
      this.starts.set(start_ms, cells)
    }
    return cells
  }

  clean(): void {
    for (const cell of this.dirty) cell.dirty = false
    this.dirty.length = 0
  }
}

/**
 * Whether a contribution has a place in a set: a row that covers a longer span than the window has none, nor has one
 * that the set no longer keeps (judged by the time of receipt, so that a replay judges alike).
 */
export function belongs(set: WindowSet, contribution: Contribution, received_ms: number): boolean {
  if (set.grain !== 'day') {
    if (contribution.at_ms === undefined) return false
    const length_ms = set.grain === 'hour' ? 3_600_000 : set.grain.ms
    if (contribution.span_ms > length_ms) return false
  }
  return set.keep_days === undefined || contribution.day * DAY_MS > received_ms - (set.keep_days + 1) * DAY_MS
}

const ZEROS: readonly Sum[] = new Array<Sum>(WINDOW_SUMS.length).fill(0)

function startOf(set: WindowSet, contribution: Contribution): number {
  if (set.grain === 'day') return 0
  const at_ms = contribution.at_ms!
  if (set.grain === 'hour') return contribution.span_ms > 0 ? at_ms : localHourStart(at_ms, contribution.offset_min)
  return Math.floor(at_ms / set.grain.ms) * set.grain.ms
}

function pick(set: WindowSet, values: readonly string[]): readonly string[] {
  return set.dimensions.map((name) => values[DIMENSIONS.indexOf(name)]!)
}
