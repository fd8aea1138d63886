const DAY_S = 86_400
/** Half hours: fine enough for opening times, coarse enough that an hourly series has a slot for each row. */
const SLOTS = 48

/** Singles of a profile: mean, mean absolute deviation and count of each slot. */
export const SEASON_SINGLES = 3 * SLOTS

/** A slot forgets as fast as a mean of 50 visits. */
const RATE_MIN = 0.02
/** Part of the whole profile's spread that every slot has: a slot that was always the same proves little. */
const SHARED_SPREAD = 0.3

/**
 * How far a value lies outside of what this time of day has shown, in spreads; 0 within, NaN for a time that was never
 * seen. A shift of up to one slot is forgiven: expected is anything between the means of a slot and its neighbours.
 *
 * @param value relative to the origin of the series
 * @param spread mean absolute deviation over the whole profile
 */
export function seasonDeviation(value: number, time_s: number, singles: Float32Array, at: number, spread: number) {
  const slot = slotOf(time_s)
  if (singles[at + 2 * SLOTS + slot] === 0) return Number.NaN
  let low = Infinity
  let high = -Infinity
  let own = 0
  for (let step = -1; step <= 1; step++) {
    const near = (slot + step + SLOTS) % SLOTS
    if (singles[at + 2 * SLOTS + near] === 0) continue
    low = Math.min(low, singles[at + near]!)
    high = Math.max(high, singles[at + near]!)
    own = Math.max(own, singles[at + SLOTS + near]!)
  }
  const outside = value > high ? value - high : value < low ? value - low : 0
  if (outside === 0) return 0
  return outside / (own + SHARED_SPREAD * spread)
}

/** What this time of day has been on average, relative to the origin; NaN for a time that was never seen. */
export function seasonMean(time_s: number, singles: Float32Array, at: number): number {
  const slot = slotOf(time_s)
  return singles[at + 2 * SLOTS + slot] === 0 ? Number.NaN : singles[at + slot]!
}

/** Learns a value. @returns its distance from the mean of its slot, NaN for a slot's first */
export function learnSeason(value: number, time_s: number, singles: Float32Array, at: number): number {
  const slot = slotOf(time_s)
  const visits = singles[at + 2 * SLOTS + slot]!
  singles[at + 2 * SLOTS + slot] = visits + 1
  if (visits === 0) {
    singles[at + slot] = value
    return Number.NaN
  }
  const rate = Math.max(1 / (visits + 1), RATE_MIN)
  const distance = value - singles[at + slot]!
  singles[at + slot]! += rate * distance
  singles[at + SLOTS + slot]! += rate * (Math.abs(distance) - singles[at + SLOTS + slot]!)
  return Math.abs(distance)
}

function slotOf(time_s: number): number {
  const second = ((time_s % DAY_S) + DAY_S) % DAY_S
  return Math.floor((second / DAY_S) * SLOTS)
}
