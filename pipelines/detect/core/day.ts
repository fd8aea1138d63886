import { addToDay, forgetDay, testDay } from '../../../models/anomaly/counts/evidence.ts'
import type { Expected } from '../../../models/anomaly/counts/expectation.ts'
import type { Tick } from './closed-bucket.ts'
import { GRAINS } from './grain.ts'
import { DAY, type SeriesBook } from './series.ts'

/**
 * Adds a tick's bucket of a series to its local day, as it is known now, and tests the day with its last hour. What comes late
 * is in no day, and after an incident or an expected event the rest of the day is one.
 *
 * @param before number of the newest bucket that the series had
 * @param hour of the local day, 0 to 23
 * @returns NaN while the day goes on
 */
export function dayP(
  { memory }: SeriesBook,
  tick: Pick<Tick, 'grain' | 'offset_ms' | 'start_ms'>,
  at: number,
  { before, count, hour, law, u }: DayBucket,
): number {
  const bucket = Math.floor(tick.start_ms / GRAINS[tick.grain].ms)
  if (bucket <= before) return Number.NaN
  if (dayOf(tick, before) !== dayOf(tick, bucket)) forgetDay(memory, at + DAY)
  addToDay(count, law, memory, at + DAY)
  return hour === LAST_HOUR ? testDay(law, u, memory, at + DAY) : Number.NaN
}

type DayBucket = {
  readonly before: number
  readonly count: number
  readonly hour: number
  readonly law: Expected
  readonly u: number
}

/** Local day of a bucket, by the clock that the tick's group has now. */
function dayOf({ grain, offset_ms }: Pick<Tick, 'grain' | 'offset_ms'>, bucket: number): number {
  return Math.floor((bucket * GRAINS[grain].ms + offset_ms) / GRAINS.day.ms)
}

const LAST_HOUR = 23
