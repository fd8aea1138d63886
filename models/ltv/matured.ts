import type { Random } from '../math/random.ts'
import { spentWithin, type Transactions } from './customers.ts'
import { levelValues } from './rank.ts'
import { drawShared, sharedSums } from './shared.ts'
import { type Shop, shopAgainAt } from './shop.ts'
import { insufficiency } from './sufficient.ts'

/** Origins a week apart, the last one due at the cut, over this many weeks. */
const WEEKS_MAX = 26
const DRAWS = 100
/** How much the model's own spread is worth against what matured, in independent forecasts. */
const BELIEF = 4
const STRETCH = { min: 0.4, max: 3 } as const
/** No more origins than this, spread over the same time; fewer where customers are many. */
const ORIGINS_MAX = 13
const WORK_MAX = 150_000

/**
 * How much wider (or narrower) than the model says the shared errors of a shop have been: forecasts of the same horizon
 * are made from every week whose horizon was over by the cut, each from what was known then, and the squares of their
 * standardised errors averaged, with the model's own belief counted among them. Forecasts that overlap say the same
 * thing nearly twice: only as many count as there are horizons in the time they cover.
 *
 * @returns what to multiply the spread of ln (shared error) with; 1 where nothing has matured
 */
export function learnStretch(all: readonly Transactions[], shop: Shop, horizon_days: number, random: Random): number {
  const errors = originsOf(all, shop, horizon_days).flatMap((origin) => {
    const known = all.filter(({ days }) => days[0]! <= origin)
    return insufficiency(known, origin) === null
      ? [{ origin, z: standardisedError(known, shop, origin, horizon_days, random) }]
      : []
  })
  const usable = errors.filter(({ z }) => Number.isFinite(z))
  if (usable.length === 0) return 1
  const covered_days = usable[0]!.origin - usable.at(-1)!.origin + horizon_days
  const independent = Math.min(usable.length, covered_days / horizon_days)
  const mean_square = usable.reduce((sum, { z }) => sum + z * z, 0) / usable.length
  const stretch = Math.sqrt((BELIEF + independent * mean_square) / (BELIEF + independent))
  return Math.min(STRETCH.max, Math.max(STRETCH.min, stretch))
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

/**
 * (ln actual − ln forecast) / its standard deviation, of the sum over all customers. What customers add to the spread
 * each for themselves is seen in the outcome: the squares of their own errors, once the sum is right.
 */
function standardisedError(
  known: readonly Transactions[],
  shop: Shop,
  origin: number,
  horizon_days: number,
  random: Random,
): number {
  const weeks = horizon_days / 7
  const before = shopAgainAt(known, origin, shop)
  const levels = levelValues(before, weeks)
  const spent = known.map((one) => spentWithin(one, origin, origin + horizon_days).value)
  const [forecast, actual] = [sum(levels), sum(spent)]
  if (!(actual > 0 && forecast > 0)) return Number.NaN
  const shared = drawShared(known, before, weeks, DRAWS, random)
  const lns = sharedSums(shared, before.rows, levels).map((value, d) => Math.log(value * shared.value[d]!))
  const mean = sum(lns) / lns.length
  const shared_variance = sum(lns.map((ln) => (ln - mean) ** 2)) / lns.length
  const off = actual / forecast
  const own_variance = spent.reduce((total, value, i) => total + (value - off * levels[i]!) ** 2, 0) / actual ** 2
  // Draws are centred on the forecast.
  return Math.log(off) / Math.sqrt(shared_variance + own_variance)
}

function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
