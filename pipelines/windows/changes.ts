import { WINDOW_SUMS } from '../../schemas/windows.ts'
import type { CellKey } from './cell-key.ts'
import type { Contribution, Sum } from './contribution.ts'

/**
 * What a stretch of a batch adds to the windows and takes from them: contributions as columns, filled, applied and
 * filled anew. Every event passes through here, so no object is made for it.
 */
export class Changes {
  count = 0
  readonly tenants: string[] = []
  readonly keys: CellKey[] = []
  /** Places in WINDOW_SUMS of what each adds to; its values are in the same order. */
  readonly places: (readonly number[])[] = []
  /** {@link CHANGE_WIDTH} numbers each, at the places of {@link CHANGE}. */
  slots = new Float64Array(CHANGE_WIDTH * 64)
  /** Values of those that do not fit into numbers. */
  readonly wide = new Map<number, readonly Sum[]>()

  clear(): void {
    this.count = 0
    this.wide.clear()
  }

  /** Makes room for the next one and says where its slots begin; it is there once `count` says so. */
  next(): number {
    const base = this.count * CHANGE_WIDTH
    if (base === this.slots.length) {
      const grown = new Float64Array(base * 2)
      grown.set(this.slots)
      this.slots = grown
    }
    return base
  }

  /** @param offset, received_ms  of the record that it comes from */
  add(contribution: Contribution, sign: 1 | -1, offset: number, received_ms: number): void {
    const base = this.next()
    const { slots } = this
    const { key, places, tenant, values } = contribution
    this.tenants[this.count] = tenant
    this.keys[this.count] = key
    this.places[this.count] = places
    slots[base + CHANGE.day] = contribution.day
    slots[base + CHANGE.at_ms] = contribution.at_ms ?? Number.NaN
    slots[base + CHANGE.offset_min] = contribution.offset_min
    slots[base + CHANGE.span_ms] = contribution.span_ms
    slots[base + CHANGE.sign] = sign
    slots[base + CHANGE.offset] = offset
    slots[base + CHANGE.received_ms] = received_ms
    if (values.some((value) => typeof value === 'bigint')) this.wide.set(this.count, values)
    else for (let n = 0; n < values.length; n++) slots[base + CHANGE.values + n] = values[n] as number
    this.count++
  }
}

/** As in `Contribution`, and where it comes from. `at_ms` is NaN where the source reports days only. */
export const CHANGE = {
  day: 0,
  at_ms: 1,
  offset_min: 2,
  span_ms: 3,
  sign: 4,
  offset: 5,
  received_ms: 6,
  values: 7,
} as const
export const CHANGE_WIDTH = CHANGE.values + WINDOW_SUMS.length
