import { COMMERCE_SLICE, DIMENSIONS } from '../../schemas/windows.ts'
import { HOUR_MS } from '../../schemas/zone.ts'
import { DAY_SLOT, ENVELOPE, FAMILIES, SLICE_SLOT } from '../scan/families.ts'
import type { Layout } from '../scan/layout.ts'
import type { Tape } from '../scan/tape.ts'
import type { Words } from '../scan/words.ts'
import { CHANGE, type Changes } from './changes.ts'
import { AT, ORDER_PLACES } from './contribution.ts'
import { ScannedKeys } from './scanned-keys.ts'

/** What events on the tape add to the windows: the same as `contributionOf` says of events that are objects. */
export class ScannedContributions {
  private readonly words: Words
  private readonly keys: ScannedKeys
  private commerce: number

  constructor(words: Words) {
    this.words = words
    this.keys = new ScannedKeys(words)
    this.commerce = words.ofText(COMMERCE_SLICE)
  }

  /** To be called when the words were cleared, and when there are too many keys: they are kept until then. */
  forget(): void {
    this.keys.clear()
    this.commerce = this.words.ofText(COMMERCE_SLICE)
  }

  /** Keys of cells that are kept: as many as there were combinations of words. */
  get size(): number {
    return this.keys.size
  }

  /**
   * Adds what the event in a row of the tape contributes.
   *
   * @param offset, received_ms  of the record that changes the windows: another than the event's where it is superseded
   */
  add(
    layout: Layout,
    { slots, width }: Tape,
    row: number,
    into: Changes,
    sign: 1 | -1,
    offset: number,
    received_ms: number,
  ): void {
    const isWritten =
      layout === DELIVERY ? this.delivery(slots, row * width, into) : this.order(layout, slots, row * width, into)
    if (!isWritten) return
    const base = into.next()
    into.slots[base + CHANGE.sign] = sign
    into.slots[base + CHANGE.offset] = offset
    into.slots[base + CHANGE.received_ms] = received_ms
    into.slots[base + CHANGE.day] = slots[row * width + DAY_SLOT]!
    into.tenants[into.count++] = this.words.textOf(slots[row * width + TENANT]!)
  }

  private delivery(slots: Float64Array, at: number, into: Changes): boolean {
    const base = into.next()
    const out = into.slots
    let next = base + CHANGE.values
    out[next++] = 1
    let known = 0
    for (let n = 0; n < MEASURES.length; n++) {
      const value = slots[at + MEASURES[n]!.slot]!
      if (Number.isNaN(value)) continue
      known |= 1 << n
      out[next++] = value
      out[next++] = 1
    }
    const hour_ms = slots[at + HOUR]!
    out[base + CHANGE.at_ms] = hour_ms
    out[base + CHANGE.offset_min] = 0
    out[base + CHANGE.span_ms] = Number.isNaN(hour_ms) ? 24 * HOUR_MS : HOUR_MS
    into.keys[into.count] = this.keys.of(slots, at, DELIVERY_KEY, slots[at + SLICE_SLOT]!)
    into.places[into.count] = DELIVERY_PLACES[known]!
    return true
  }

  private order(layout: Layout, slots: Float64Array, at: number, into: Changes): boolean {
    if (layout !== ORDER || slots[at + TEST] === 1 || this.words.textOf(slots[at + STATUS]!) === 'voided') return false
    const base = into.next()
    const out = into.slots
    out[base + CHANGE.at_ms] = slots[at + ORDERED]!
    out[base + CHANGE.offset_min] = slots[at + OFFSET]!
    out[base + CHANGE.span_ms] = 0
    out[base + CHANGE.values] = 1
    out[base + CHANGE.values + 1] = 1
    out[base + CHANGE.values + 2] = slots[at + TOTAL]!
    into.keys[into.count] = this.keys.of(slots, at, ORDER_KEY, this.commerce)
    into.places[into.count] = ORDER_PLACES
    return true
  }
}

const DELIVERY = FAMILIES['ad_delivery.observed']
const ORDER = FAMILIES['order.observed']
const TENANT = ENVELOPE.slotOf('tenant')
const HOUR = DELIVERY.slotOf('hour_ms')
const [TEST, STATUS, ORDERED] = [ORDER.slotOf('test'), ORDER.slotOf('status'), ORDER.slotOf('ordered_ms')]
const [OFFSET, TOTAL] = [ORDER.slotOf('offset_min'), ORDER.slotOf('total_micros')]
const DELIVERY_KEY = [...DIMENSIONS, 'currency'].map((name) => DELIVERY.slotOf(name))
const ORDER_KEY = [...DIMENSIONS, 'currency'].map((name) => ORDER.slotOf(name))
const MEASURES = [
  { slot: DELIVERY.slotOf('impressions'), at: AT.impressions },
  { slot: DELIVERY.slotOf('clicks'), at: AT.clicks },
  { slot: DELIVERY.slotOf('spend_micros'), at: AT.spend },
  { slot: DELIVERY.slotOf('conversions_micros'), at: AT.conversions },
  { slot: DELIVERY.slotOf('claimed_micros'), at: AT.claimed },
  { slot: DELIVERY.slotOf('video_views'), at: AT.video_views },
]
/** Places of a delivery's sums, by which of MEASURES are known: each value with the count of those who knew it. */
const DELIVERY_PLACES: readonly (readonly number[])[] = Array.from({ length: 1 << MEASURES.length }, (_, known) => [
  AT.n,
  ...MEASURES.flatMap(({ at }, n) => ((known >> n) & 1 ? [at, at + 1] : [])),
])
