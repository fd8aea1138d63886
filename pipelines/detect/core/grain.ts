import { DAY_MS, HOUR_MS } from '../../../schemas/zone.ts'

/** Grains that are judged. A quarter of an hour and half a day are sums of their buckets. */
export type Grain = 'hour' | 'day'

export const GRAINS: Readonly<Record<Grain, { ms: number; keeps: number; fades: number; weeks: number }>> = {
  // What the last two days were like; p-values of the past fade within two months; two weeks make a profile of the week.
  hour: { ms: HOUR_MS, keeps: 1 - 1 / 48, fades: 1 - 1 / 6_000, weeks: 336 },
  day: { ms: DAY_MS, keeps: 1 - 1 / 14, fades: 1 - 1 / 400, weeks: 28 },
}

/** When a bucket is, and what is known of it beforehand. */
export type Bucket = {
  /** Hour of the week, or of its day the first. */
  readonly slot: number
  /** Holiday and maturity. */
  readonly factor: number
  readonly factor_variance: number
}

/** Place in the profile of the week, which begins on Monday, by the local clock. */
export function slotOf(grain: Grain, local_ms: number): number {
  const hours = Math.floor(local_ms / HOUR_MS)
  // 1970 began on a Thursday.
  const hour = (hours + 72) % 168
  return grain === 'hour' ? hour : hour - (hour % 24)
}
