import { QUANTILE_LEVELS } from '../../schemas/forecasts.ts'
import type { Random } from '../math/random.ts'
import type { Transactions } from './customers.ts'
import { BINS, type Level, quantilePlaces } from './depths.ts'
import { type Outcome, outcomeAt, placed } from './outcome.ts'
import type { Shop } from './shop.ts'
import { insufficiency } from './sufficient.ts'

/** What forecasts of a shop that have matured say of the next one. */
export type Learnt = {
  /** What to multiply the spread of ln (shared error) with. */
  readonly stretch: number
  /** Where in the draws of each level the quantiles lie. */
  readonly places: Readonly<Record<'total' | Level, readonly number[]>>
}

/** The model's own word. */
export const NOTHING_MATURED: Learnt = {
  stretch: 1,
  places: { total: QUANTILE_LEVELS, group: QUANTILE_LEVELS, customer: QUANTILE_LEVELS },
}

/** Origins a week apart, the last one due at the cut, over this many weeks. */
const WEEKS_MAX = 26
/** How much the model's own spread is worth against what matured, in independent forecasts. */
const BELIEF = 4
const STRETCH = { min: 0.4, max: 3 } as const
/** No more origins than this, spread over the same time; fewer where customers are many. */
const ORIGINS_MAX = 13
const WORK_MAX = 150_000

/**
 * How wrong forecasts of this shop have been: forecasts of the same horizon are made from every week whose horizon was
 * over by the cut, each from what was known then.
 *
 * The stretch of what all customers share comes from the squares of the standardised errors of the sum, averaged, with
 * the model's own belief counted among them: that is all there is to correct in a total, of which an origin has one.
 * Under it, groups and customers each have depths of their own (`depths.ts`): what a cohort adds by itself may be too wide
 * where the total is too narrow. Forecasts that overlap say the same thing nearly twice: only as many count as there are
 * horizons in the time they cover.
 */
export function learnFromMatured(
  all: readonly Transactions[],
  shop: Shop,
  horizon_days: number,
  random: Random,
): Learnt {
  const outcomes = originsOf(all, shop, horizon_days).flatMap((origin): Outcome[] => {
    const known = all.filter(({ days }) => days[0]! <= origin)
    if (insufficiency(known, origin) !== null) return []
    const outcome = outcomeAt(known, shop, origin, horizon_days, random)
    return outcome === null ? [] : [outcome]
  })
  if (outcomes.length === 0) return NOTHING_MATURED
  const covered_days = outcomes[0]!.origin - outcomes.at(-1)!.origin + horizon_days
  const independent = Math.min(outcomes.length, covered_days / horizon_days)
  const mean_square = outcomes.reduce((sum, { z }) => sum + z * z, 0) / outcomes.length
  const wanted = Math.sqrt((BELIEF + independent * mean_square) / (BELIEF + independent))
  const stretch = Math.min(STRETCH.max, Math.max(STRETCH.min, wanted))
  const depths = { group: new Float64Array(BINS), customer: new Float64Array(BINS) }
  for (const outcome of outcomes) placed(outcome, stretch, depths, independent / outcomes.length, random)
  const placesOf = (level: Level) => quantilePlaces(depths[level], independent, BELIEF)
  return { stretch, places: { total: QUANTILE_LEVELS, group: placesOf('group'), customer: placesOf('customer') } }
}

function originsOf(all: readonly Transactions[], { cut_day }: Shop, horizon_days: number): number[] {
  const first_day = all.reduce((least, { days }) => Math.min(least, days[0]!), cut_day)
  const weeks = Math.min(WEEKS_MAX, Math.floor((cut_day - horizon_days - first_day) / 7))
  const origins_max = Math.max(4, Math.min(ORIGINS_MAX, Math.floor(WORK_MAX / all.length)))
  const every = Math.max(1, Math.ceil(weeks / origins_max))
  const origins: number[] = []
  for (let k = 0; k < weeks; k += every) origins.push(cut_day - horizon_days - 7 * k)
  return origins
}
