/** One creative on one day of its account, as the platform reported it. Null is unknown, never zero. */
export type CreativeDay = {
  readonly account: string
  readonly creative: string
  /** Calendar day of the account, counted from any origin. */
  readonly day: number
  /** Days since launch, 0 on the first. */
  readonly age: number
  readonly impressions: number
  /** People reached since launch. */
  readonly reach_cum: number | null
  readonly clicks: number | null
  readonly conversions: number | null
  /** Views of three seconds; null where the creative is no video. */
  readonly hook_views: number | null
  /** In the account's currency. */
  readonly spend: number | null
  /** People reached on this day alone: only for the evidence, since days cannot be added up. */
  readonly reach?: number | null
}

/** What became of a creative: known in training only. */
export type CreativeFate = {
  readonly account: string
  readonly creative: string
  readonly launch_day: number
  /** The first day on which it no longer ran: its owner stopped it, or the data end. */
  readonly end_day: number
  /** Age on which cost per result had been 2× (1.5×) the best seven days for three days; null where that never came. */
  readonly onset_age_2x: number | null
  readonly onset_age_1p5x: number | null
}

/** What is forecast: cost per result at 1.5× its best seven days, and at 2×. */
export const LEVELS = ['limited', 'fatigued'] as const
export type Level = (typeof LEVELS)[number]

/** Log of cost per result against its best seven days: `fatigued` and, earlier, `limited`. */
export const FATIGUED = Math.log(2)
export const LIMITED = Math.log(1.5)
export const LOG_OF: Readonly<Record<Level, number>> = { limited: LIMITED, fatigued: FATIGUED }

/** Onset is the third day in a row above the level: so many days after the first. */
export const CONFIRM_DAYS = 2

/** The best level is that of so many days. Wear only grows, so it is that of the first ones. */
export const BEST_DAYS = 7

/** Age on which the creative came to the level; null where that never came. */
export function onsetOf(fate: CreativeFate, level: Level): number | null {
  return level === 'fatigued' ? fate.onset_age_2x : fate.onset_age_1p5x
}

export function idOf(of: { readonly account: string; readonly creative: string }): string {
  return `${of.account}\u0000${of.creative}`
}

/** By account, sorted, then by day; within a day by creative, so that sums do not depend on the order of arrival. */
export function byAccountAndDay(
  days: readonly CreativeDay[],
): ReadonlyMap<string, readonly (readonly CreativeDay[])[]> {
  const accounts = Map.groupBy(days, ({ account }) => account)
  return new Map(
    [...accounts]
      .sort(([a], [b]) => compare(a, b))
      .map(([account, rows]) => {
        const of_day = Map.groupBy(rows, ({ day }) => day)
        const sorted = [...of_day].sort(([a], [b]) => a - b)
        return [account, sorted.map(([, row]) => row.toSorted((a, b) => compare(a.creative, b.creative)))]
      }),
  )
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
