import { DIMENSIONS, WINDOW_SUMS, type WindowSet } from '../../schemas/windows.ts'
import { DAY_MS, localHourStart } from '../../schemas/zone.ts'
import { addExact, type Contribution, type Sum } from './contribution.ts'

/** One window of one key from one source partition: absolute sums. */
export type Cell = {
  /** Start of the window: UTC ms for windows below a day, 0 for days (their key is the local date). */
  readonly start_ms: number
  /** Values of the set's dimensions, in order. */
  readonly dimensions: readonly string[]
  readonly currency: string
  readonly slice: string
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
  private readonly cells = new Map<string, Cell>()

  constructor(set: WindowSet, tenant: string, day: number) {
    this.set = set
    this.tenant = tenant
    this.day = day
  }

  get size(): number {
    return this.cells.size
  }

  /** Puts a row that was read back from the store. */
  put(cell: Cell): void {
    this.cells.set(cellKey(cell.start_ms, cell.dimensions, cell.currency, cell.slice), cell)
  }

  /**
   * Adds (or takes back) a contribution of the record at `offset`. A cell whose stored row already holds that record
   * keeps its sums: this is what makes a replay after a crash add nothing. It still counts as changed, because the
   * writer before us may have died before it told the log.
   */
  add(contribution: Contribution, sign: 1 | -1, offset: number): void {
    const start_ms = startOf(this.set, contribution)
    const dimensions = pick(this.set, contribution.dimensions)
    const key = cellKey(start_ms, dimensions, contribution.currency, contribution.slice)
    let cell = this.cells.get(key)
    if (cell === undefined) {
      const { currency, slice } = contribution
      cell = { start_ms, dimensions, currency, slice, sums: ZEROS.slice(), applied: -1, dirty: false }
      this.cells.set(key, cell)
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
  if (set.dimensions.length === DIMENSIONS.length) return values
  return set.dimensions.map((name) => values[DIMENSIONS.indexOf(name)]!)
}

function cellKey(start_ms: number, dimensions: readonly string[], currency: string, slice: string): string {
  // U+0000 is in none of the parts (the schemas refuse it), so different keys stay different.
  let key = `${start_ms}\0${currency}\0${slice}`
  for (let i = 0; i < dimensions.length; i++) key += `\0${dimensions[i]}`
  return key
}
