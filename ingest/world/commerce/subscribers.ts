import { type Random, STREAM } from '../random.ts'
import type { Shop } from '../spec.ts'

/** One subscriber's order of a day: who, and which one of theirs. */
export type Renewal = { readonly subscriber: number; readonly nth: number }

/**
 * Customers from before the world's beginning, who order about every 30 days. All of them order within the first 26
 * days, so that none is taken for a new customer of a later month by somebody who only sees the world's own orders.
 *
 * @param age days since the world's first day
 */
export function renewals(random: Random, shop: Shop, age: number): Renewal[] {
  const found: Renewal[] = []
  if (age >= 0 && age < FIRST_DAYS) {
    for (let s = age; s < shop.subscribers; s += FIRST_DAYS) found.push({ subscriber: s, nth: 0 })
  }
  for (let shift = 0; shift < SHIFTS; shift++) {
    const since = age - shift - PERIOD
    if (since < 0) break
    const nth = Math.floor(since / PERIOD) + 1
    const slot = since % PERIOD
    // Slots 0 to 29 are the first 26 days stretched over the period.
    const first = Math.ceil((slot * FIRST_DAYS) / PERIOD)
    if (Math.floor((first * PERIOD) / FIRST_DAYS) !== slot) continue
    for (let s = first; s < shop.subscribers; s += FIRST_DAYS) {
      if (random.reseed(STREAM.subscriber, shop.key, s, nth).below(SHIFTS) === shift) found.push({ subscriber: s, nth })
    }
  }
  return found
}

/** Expected orders of subscribers on a day. */
export function expectedRenewals(shop: Shop, age: number): number {
  if (age < 0) return 0
  if (age < FIRST_DAYS) return shop.subscribers / FIRST_DAYS
  const begun = Math.min(SHIFTS, Math.max(0, age - PERIOD + 1)) / SHIFTS
  return (begun * shop.subscribers) / PERIOD
}

const FIRST_DAYS = 26
const PERIOD = 30
/** An order comes up to this many days after its period began. */
const SHIFTS = 6
