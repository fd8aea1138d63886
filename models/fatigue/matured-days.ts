import { addMatured, BINS_SIZE } from './recalibration.ts'

/**
 * What matured on each day, of one account or of all of an installation, for some kinds of chances: bins of them and of
 * what came (`recalibration.ts`), and squared errors. What is a year older counts half: accounts change.
 */
export class MaturedDays {
  private readonly size: number
  private readonly kept_days: number
  private readonly days = new Map<number, Float64Array>()
  /** Of all days before those that are kept. */
  private readonly older: Float64Array

  /** @param kept_days how far back `upTo` may be asked; what is older is added together */
  constructor(kinds: number, kept_days: number) {
    this.size = kinds * KIND_SIZE
    this.kept_days = kept_days
    this.older = new Float64Array(this.size)
  }

  /** One more chance that matured on a day. @param kind 0 to `kinds` − 1 */
  add(day: number, kind: number, { came, errors, log_odds, weight }: MaturedChance): void {
    let sums = this.days.get(day)
    if (sums === undefined) {
      sums = new Float64Array(this.size)
      this.days.set(day, sums)
    }
    // Instead of halving the old, the new is doubled: sums of days can then simply be added.
    const now = weight * 2 ** (day / HALVED_DAYS)
    const from = kind * KIND_SIZE
    addMatured(sums.subarray(from, from + BINS_SIZE), log_odds, came, now)
    sums[from + BINS_SIZE]! += now * errors.own
    sums[from + BINS_SIZE + 1]! += now * errors.shipped
  }

  /** Everything that matured up to and including a day, in weights of that day. */
  upTo(day: number): Float64Array {
    // Sorted, for the sum of floats depends on their order.
    const days = [...this.days.keys()].sort((a, b) => a - b)
    for (const old of days.filter((one) => one <= day - this.kept_days)) {
      addTo(this.older, this.days.get(old)!)
      this.days.delete(old)
    }
    const sums = this.older.slice()
    for (const one of days) if (one <= day && this.days.has(one)) addTo(sums, this.days.get(one)!)
    const now = 2 ** (-day / HALVED_DAYS)
    return sums.map((sum) => sum * now)
  }
}

/** @property errors squared, of the chance that an own record would have said and of the shipped model's */
export type MaturedChance = {
  readonly log_odds: number
  readonly came: 0 | 1
  readonly weight: number
  readonly errors: { readonly own: number; readonly shipped: number }
}

const HALVED_DAYS = 365
const KIND_SIZE = BINS_SIZE + 2

export function binsOf(sums: Float64Array, kind: number): Float64Array {
  return sums.subarray(kind * KIND_SIZE, kind * KIND_SIZE + BINS_SIZE)
}

/** Whether own records have been no worse than the shipped model; also where nothing has matured yet. */
export function ownIsNoWorse(sums: Float64Array, kind: number): boolean {
  const at = kind * KIND_SIZE + BINS_SIZE
  return sums[at]! <= sums[at + 1]!
}

function addTo(to: Float64Array, more: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += more[i]!
}
