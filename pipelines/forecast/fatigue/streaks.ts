import type { Grade } from '../../../models/fatigue/model.ts'
import type { Amount } from '../../../models/fatigue/outlook.ts'

/** A creative as one who warns of it sees it: since when it has been warned of, and how long it has been quiet. */
export type Streak = {
  /** First day of the warning; null while there is none. */
  readonly since: number | null
  readonly last_day: number
  readonly quiet_days: number
  /** Money that has bought nothing since the warning began. */
  readonly so_far: Amount
}

export const NO_STREAK: Streak = {
  since: null,
  last_day: Number.NEGATIVE_INFINITY,
  quiet_days: 0,
  so_far: { mean: 0, low: 0, high: 0 },
}

/**
 * A warning begins on the first day graded `alert`: the threshold was chosen for first alerts, so none is put off. It
 * goes on as long as the creative stays a candidate, and ends after three days of not being one.
 */
export function nextStreak(before: Streak, day: number, grade: Grade, money_a_day: Amount | null): Streak {
  if (before.since === null) {
    return grade === 'alert' || grade === 'urgent'
      ? { since: day, last_day: day, quiet_days: 0, so_far: money_a_day ?? NO_STREAK.so_far }
      : { ...NO_STREAK, last_day: day }
  }
  const quiet_days = grade === 'none' ? before.quiet_days + 1 : 0
  if (quiet_days >= QUIET_DAYS) return { ...NO_STREAK, last_day: day }
  return { ...before, last_day: day, quiet_days, so_far: sum(before.so_far, money_a_day) }
}

const QUIET_DAYS = 3

/** A creative that has not run for so many days is not warned of any more. */
export const GONE_DAYS = 3

function sum(a: Amount, b: Amount | null): Amount {
  return b === null ? a : { mean: a.mean + b.mean, low: a.low + b.low, high: a.high + b.high }
}
