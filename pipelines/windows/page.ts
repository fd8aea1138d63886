import type { WindowSet } from '../../schemas/windows.ts'
import { DAY_MS, HOUR_MS, localHourStart } from '../../schemas/zone.ts'
import { kindOf } from './cell-key.ts'
import { CHANGE, CHANGE_WIDTH, type Changes } from './changes.ts'
import type { Sum } from './contribution.ts'
import { SumSlab } from './slab.ts'

/** A row of a window table as it was read back. */
export type StoredCell = {
  /** Start of the window: UTC ms for windows below a day, 0 for days (their key is the local date). */
  readonly start_ms: number
  /** Values of the set's dimensions, in order; then currency and slice. */
  readonly labels: readonly string[]
  readonly hash: Uint32Array
  /** One per WINDOW_SUMS. */
  readonly sums: readonly Sum[]
  /** The row holds all contributions of records before this offset already. */
  readonly applied: number
}

/**
 * All cells of one set, tenant and local day from this partition: what is loaded, kept and evicted as one. A cell is
 * one window of one key, and its sums are absolute. Cells are numbers into columns of typed arrays, found by hash and
 * start through open addressing.
 */
export class Page {
  readonly set: WindowSet
  readonly tenant: string
  readonly day: number
  /** Cells that changed since `clean`. */
  readonly dirty: number[] = []
  size = 0
  /** Words of the cells' hashes, four each. */
  hashes = new Uint32Array(4 * CELLS_MIN)
  private slots = new Int32Array(2 * CELLS_MIN).fill(-1)
  /** In ticks, which unlike milliseconds are small integers. */
  private starts = new Int32Array(CELLS_MIN)
  private changed = new Uint8Array(CELLS_MIN)
  private readonly labels: (readonly string[])[] = []
  private readonly sums = new SumSlab(CELLS_MIN)
  /** By cell, for those that were read back; undefined as long as none was. */
  private applied: Map<number, number> | undefined
  private readonly kind: number

  constructor(set: WindowSet, tenant: string, day: number) {
    this.set = set
    this.tenant = tenant
    this.day = day
    this.kind = kindOf(set)
  }

  /** Puts a row that was read back from the store. */
  put(stored: StoredCell): void {
    const cell = this.insert(stored.start_ms / TICK_MS, stored.hash, 0, stored.labels)
    this.sums.set(cell, stored.sums)
    this.applied ??= new Map()
    this.applied.set(cell, stored.applied)
  }

  /**
   * Adds a change. A cell whose stored row already holds its record keeps its sums: this is what makes a replay after a
   * crash add nothing. It still counts as changed, because the writer before us may have died before it told the log.
   */
  add(changes: Changes, n: number): void {
    const { slots } = changes
    const base = n * CHANGE_WIDTH
    const start = startOf(this.set, slots, base)
    const { at, labels, words } = changes.keys[n]!.in(this.set, this.kind)
    let cell = this.find(start, words, at)
    if (cell === -1) cell = this.insert(start, words, at, labels)
    if (this.changed[cell] === 0) {
      this.changed[cell] = 1
      this.dirty.push(cell)
    }
    if (this.applied !== undefined && slots[base + CHANGE.offset]! < this.appliedOf(cell)) return
    const places = changes.places[n]!
    const sign = slots[base + CHANGE.sign]!
    const wide = changes.wide.size === 0 ? undefined : changes.wide.get(n)
    if (wide === undefined) this.sums.addNumbers(cell, places, slots, base + CHANGE.values, sign)
    else this.sums.add(cell, places, wide, sign === 1 ? 1 : -1)
  }

  startOf(cell: number): number {
    return this.starts[cell]! * TICK_MS
  }

  labelsOf(cell: number): readonly string[] {
    return this.labels[cell]!
  }

  /** The offset before which the stored row holds everything; -1 where no row was read back. */
  appliedOf(cell: number): number {
    return this.applied?.get(cell) ?? -1
  }

  sum(cell: number, place: number): Sum {
    return this.sums.get(cell, place)
  }

  /** The sum at one place of each dirty cell; false, and nothing to be relied on, where some are beyond numbers. */
  copySums(place: number, out: Float64Array): boolean {
    return this.sums.copy(this.dirty, place, out)
  }

  clean(): void {
    for (let n = 0; n < this.dirty.length; n++) this.changed[this.dirty[n]!] = 0
    this.dirty.length = 0
  }

  /** @param from  where the hash begins in `words` */
  private find(start: number, words: Uint32Array, from: number): number {
    const { hashes, slots } = this
    const mask = slots.length - 1
    for (let slot = slotOf(start, words[from]!) & mask; ; slot = (slot + 1) & mask) {
      const cell = slots[slot]!
      if (cell === -1) return -1
      const at = cell * 4
      if (
        hashes[at] === words[from] &&
        hashes[at + 1] === words[from + 1] &&
        hashes[at + 2] === words[from + 2] &&
        hashes[at + 3] === words[from + 3] &&
        this.starts[cell] === start
      )
        return cell
    }
  }

  /** A new cell; must not be there yet. */
  private insert(start: number, words: Uint32Array, from: number, labels: readonly string[]): number {
    const cell = this.size++
    if (cell === this.starts.length) this.grow()
    this.sums.reserve(this.starts.length)
    this.starts[cell] = start
    for (let n = 0; n < 4; n++) this.hashes[cell * 4 + n] = words[from + n]!
    this.labels.push(labels)
    this.link(cell)
    return cell
  }

  private link(cell: number): void {
    const mask = this.slots.length - 1
    let slot = slotOf(this.starts[cell]!, this.hashes[cell * 4]!) & mask
    while (this.slots[slot] !== -1) slot = (slot + 1) & mask
    this.slots[slot] = cell
  }

  private grow(): void {
    const capacity = this.starts.length * 2
    this.starts = copied(new Int32Array(capacity), this.starts)
    this.changed = copied(new Uint8Array(capacity), this.changed)
    this.hashes = copied(new Uint32Array(capacity * 4), this.hashes)
    this.slots = new Int32Array(capacity * 2).fill(-1)
    for (let cell = 0; cell < this.size - 1; cell++) this.link(cell)
  }
}

/**
 * Whether a change has a place in a set: a row that covers a longer span than the window has none, nor has one that the
 * set no longer keeps (judged by the time of receipt, so that a replay judges alike).
 *
 * @param base  where its slots begin
 */
export function belongs(set: WindowSet, slots: Float64Array, base: number): boolean {
  if (set.grain !== 'day') {
    if (Number.isNaN(slots[base + CHANGE.at_ms]!)) return false
    const length_ms = set.grain === 'hour' ? HOUR_MS : set.grain.ms
    if (slots[base + CHANGE.span_ms]! > length_ms) return false
  }
  if (set.keep_days === undefined) return true
  return slots[base + CHANGE.day]! * DAY_MS > slots[base + CHANGE.received_ms]! - (set.keep_days + 1) * DAY_MS
}

/** Most pages of a small tenant stay below this; a power of two. */
const CELLS_MIN = 16

/** In ticks: every window begins at a multiple of them, an account-local hour too. */
function startOf(set: WindowSet, slots: Float64Array, base: number): number {
  if (set.grain === 'day') return 0
  const at_ms = slots[base + CHANGE.at_ms]!
  if (set.grain !== 'hour') return Math.floor(at_ms / set.grain.ms) * (set.grain.ms / TICK_MS)
  const isHour = slots[base + CHANGE.span_ms]! > 0
  return Math.floor((isHour ? at_ms : localHourStart(at_ms, slots[base + CHANGE.offset_min]!)) / TICK_MS)
}

const TICK_MS = 10_000

/** The multiplier (2^32 / golden ratio) spreads the windows of one key. */
function slotOf(start: number, word: number): number {
  return word ^ Math.imul(start, 0x9e3779b1)
}

function copied<T extends Int32Array | Uint8Array | Uint32Array>(into: T, from: T): T {
  into.set(from as never)
  return into
}
