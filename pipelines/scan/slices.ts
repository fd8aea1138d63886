import { sliceOf } from '../../schemas/windows.ts'
import { FAMILIES } from './families.ts'
import type { Words } from './words.ts'

/** The slice of a delivery on the tape, as a word; each combination is spelled once. */
export class Slices {
  private readonly words: Words
  private readonly known = new Map<number, number>()

  constructor(words: Words) {
    this.words = words
  }

  forget(): void {
    this.known.clear()
  }

  of(slots: Float64Array, base: number): number {
    const level = slots[base + LEVEL]!
    const country = slots[base + COUNTRY]! !== 0
    const device = slots[base + DEVICE]! !== 0
    const hour = !Number.isNaN(slots[base + HOUR]!)
    // A segment is the only one that may be there and be empty; the scanner leaves such an event to the decoder of JSON.
    const segment = slots[base + SEGMENT]! !== 0
    const at = level * 16 + (country ? 1 : 0) + (device ? 2 : 0) + (hour ? 4 : 0) + (segment ? 8 : 0)
    let word = this.known.get(at)
    if (word === undefined) {
      const by = { country: country || undefined, device: device || undefined, hour, segment: segment || undefined }
      word = this.words.ofText(sliceOf(this.words.textOf(level), by))
      this.known.set(at, word)
    }
    return word
  }
}

const DELIVERY = FAMILIES['ad_delivery.observed']
const LEVEL = DELIVERY.slotOf('level')
const COUNTRY = DELIVERY.slotOf('country')
const DEVICE = DELIVERY.slotOf('device')
const HOUR = DELIVERY.slotOf('hour_ms')
const SEGMENT = DELIVERY.slotOf('segment')
