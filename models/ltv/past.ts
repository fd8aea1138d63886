import { spentWithin, type Transactions } from './customers.ts'

/** What a group of customers has brought up to a cut, seen by their age: days since each one's first order. */
export type GroupPast = {
  readonly customers: number
  /** Net of refunds, up to the cut. */
  readonly value: number
  readonly at_age: readonly AgeValue[]
}

/** What customers who have reached an age had brought by then, a customer. */
export type AgeValue = {
  readonly age_days: number
  readonly customers: number
  readonly mean: number
  /** Standard error of the mean; 0 for one customer. */
  readonly error: number
}

const AGES = [7, 14, 30, 60, 90, 120, 180, 270, 365, 540, 730] as const

/** The past of each group, by name. @param groupsOf names of the groups that the customer at a place belongs to */
export function pastOf(
  known: readonly Transactions[],
  cut_day: number,
  groupsOf: (place: number) => readonly string[],
): Map<string, GroupPast> {
  const sums = new Map<string, Sums>()
  known.forEach((one, place) => {
    const first_day = one.days[0]!
    const value = spentWithin(one, first_day - 1, cut_day).value
    const reached = AGES.filter((age) => first_day + age <= cut_day)
    const values = reached.map((age) => spentWithin(one, first_day - 1, first_day + age).value)
    for (const name of groupsOf(place)) {
      const sum = sums.get(name) ?? { customers: 0, value: 0, ages: AGES.map(() => ({ n: 0, sum: 0, squares: 0 })) }
      sums.set(name, sum)
      sum.customers++
      sum.value += value
      values.forEach((by_age, k) => {
        const age = sum.ages[k]!
        age.n++
        age.sum += by_age
        age.squares += by_age * by_age
      })
    }
  })
  return new Map([...sums].map(([name, sum]) => [name, settled(sum)]))
}

type Sums = { customers: number; value: number; readonly ages: readonly { n: number; sum: number; squares: number }[] }

function settled({ customers, value, ages }: Sums): GroupPast {
  const at_age = ages.flatMap(({ n, sum, squares }, k) => {
    if (n === 0) return []
    const mean = sum / n
    const variance = n > 1 ? Math.max(0, squares - n * mean * mean) / (n - 1) : 0
    return [{ age_days: AGES[k]!, customers: n, mean, error: Math.sqrt(variance / n) }]
  })
  return { customers, value, at_age }
}

/** How a cohort stands against those before it at the same age. */
export type Drift = {
  readonly age_days: number
  readonly mean: number
  readonly earlier_mean: number
  readonly ratio: number
  /** Difference over its standard error: beyond 2 it is hardly chance. Null where nothing scatters. */
  readonly z: number | null
}

const COHORTS_BEFORE = 8

/**
 * Compares a cohort with the ones before it, at the greatest age that all of its customers have reached: younger cohorts
 * have brought less for being younger, and only that would be seen otherwise.
 *
 * @param earlier oldest first
 * @returns null where it is too young, or the first, or those before brought nothing
 */
export function driftOf(cohort: GroupPast, earlier: readonly GroupPast[]): Drift | null {
  const reached = cohort.at_age.filter(({ customers }) => customers === cohort.customers).at(-1)
  if (reached === undefined) return null
  const { age_days, error, mean } = reached
  const before = earlier
    .slice(-COHORTS_BEFORE)
    .flatMap(({ at_age, customers }) => at_age.filter((at) => at.age_days === age_days && at.customers === customers))
  const customers = before.reduce((sum, at) => sum + at.customers, 0)
  const earlier_mean = before.reduce((sum, at) => sum + at.mean * at.customers, 0) / customers
  if (!(earlier_mean > 0)) return null
  const earlier_variance = before.reduce((sum, at) => sum + (at.error * at.customers) ** 2, 0) / customers ** 2
  const spread = Math.sqrt(error * error + earlier_variance)
  return {
    age_days,
    mean,
    earlier_mean,
    ratio: mean / earlier_mean,
    z: spread > 0 ? (mean - earlier_mean) / spread : null,
  }
}

/** When what a customer has brought passes what it cost to win one. */
export type Payback = {
  readonly state: 'reached' | 'expected' | 'not_within_a_year'
  /** Days since the first order. Null where it is not within sight. */
  readonly days: number | null
}

/**
 * Revenue, not margin, against the cost: what is known by age first; behind that the forecast.
 *
 * @param cost      to win one customer, > 0
 * @param expected  what the group is forecast to bring in all within so many days after the cut, by days
 */
export function paybackOf(
  past: GroupPast,
  cost: number,
  expected: readonly { days: number; value: number }[],
): Payback {
  let [age, value] = [0, 0]
  for (const at of past.at_age) {
    // A mean over few of the group says little of the others.
    if (at.customers * 2 < past.customers) break
    if (at.mean >= cost) return { state: 'reached', days: crossing(age, value, at.age_days, at.mean, cost) }
    age = at.age_days
    value = at.mean
  }
  const now = past.value / past.customers
  if (now >= cost) return { state: 'reached', days: null }
  let days = 0
  value = now
  for (const next of expected) {
    const then = now + next.value / past.customers
    if (then >= cost) return { state: 'expected', days: age + crossing(days, value, next.days, then, cost) }
    days = next.days
    value = then
  }
  return { state: 'not_within_a_year', days: null }
}

/** Where the straight line from (x0, y0) to (x1, y1) passes `y`, in whole days. */
function crossing(x0: number, y0: number, x1: number, y1: number, y: number): number {
  return Math.round(y1 > y0 ? x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) : x1)
}
