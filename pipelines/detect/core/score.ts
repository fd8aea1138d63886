import { combined } from '../../../models/anomaly/counts/combine.ts'
import { DAY_TEST, TESTS } from '../../../models/anomaly/counts/evidence.ts'
import { type Expected, type Parent, SEASON_SLOTS } from '../../../models/anomaly/counts/expectation.ts'
import { uniformOf } from '../../../models/anomaly/counts/uniform.ts'
import { testAgain } from './again.ts'
import type { Tick } from './closed-bucket.ts'
import { dayP } from './day.ts'
import { type Bucket, GRAINS, slotOf } from './grain.ts'
import { isDuring } from './incident.ts'
import { testRate } from './rates.ts'
import { COMMERCE, METRICS, related, seriesKey, TESTED } from './scope.ts'
import type { ScopeSeries } from './scope-series.ts'
import { deviationOf, LOOKED_AT } from './span.ts'
import { FAMILY_OF, groupOf, type TenantState } from './state.ts'

/** One series of a tick, held against what was expected of it. */
export type Scored = {
  readonly of: ScopeSeries
  /** Place of the metric in METRICS. */
  readonly metric: number
  readonly at: number
  readonly count: number
  /** Null where the series starts from its own day. */
  readonly parent: Parent | null
  readonly law: Expected | null
  /** Null where it was not tested. */
  readonly p: number | null
  /** The bucket that it is of: mostly the tick's, or one that was restated. */
  readonly start_ms: number
  /** TESTS of what it is of another count; null where it is of none. */
  readonly rate: Float64Array | null
  /** Whether it is that rate that is off, more than the count. */
  readonly by_rate: boolean
  readonly mayLearn: boolean
  readonly isKnown: boolean
}

export type ScoredTick = {
  /** Of each of METRICS. */
  readonly when: readonly Bucket[]
  readonly series: readonly Scored[]
  /** TESTS of each series. */
  readonly p_values: Float64Array
}

/**
 * Holds every series of a tick against what was expected of it, parents and children alike. This is done for every
 * bucket of every series: names are not taken apart here, and nothing is made that the next step does not need.
 */
export function scoreTick(state: TenantState, tick: Tick): ScoredTick {
  const { book } = state
  const bucket = Math.floor(tick.start_ms / GRAINS[tick.grain].ms)
  const slot = slotOf(tick.grain, tick.start_ms + tick.offset_ms)
  const factor_variance = tick.holiday ? holidayVariance(groupOf(state, tick.group).calm) : LUCK_VARIANCE
  const when = METRICS.map((metric): Bucket => ({ slot, factor: tick.complete[metric] ?? 1, factor_variance }))
  const metrics = tick.group === COMMERCE ? ORDERS : DELIVERY
  const open = state.incidents.filter((one) => isDuring(one, tick.start_ms))
  const profiles = new Map<number, Parent>()
  const own = new Float64Array(SEASON_SLOTS)
  const tests = new Float64Array(TESTS)
  const p_values = new Float64Array(tick.sums.size * metrics.length * TESTS)
  const series: Scored[] = []
  for (const [scope, values] of tick.sums) {
    const of = book.seriesOf(scope)
    const above = aboveOf(state, tick, of)
    const awaited = tick.expected.some((one) => related(one, scope))
    const mayLearn = !awaited && !open.some((one) => related(one.scope, scope))
    for (const metric of metrics) {
      const count = values[METRICS[metric]!] ?? 0
      // A series begins with its first count: most campaigns have no orders that name them.
      if (count === 0 && of.at[metric] === -1) continue
      const at = book.placeIn(of, metric)
      const parent = livesAlone(state, tick, of, at)
        ? null
        : profileAbove(state, tick, above?.at[metric] ?? -1, profiles)
      const law = book.expect(at, when[metric]!, parent ?? book.day(at, own))
      // A report that comes half a day late teaches, and is news to nobody.
      const before = book.newest(at)
      const isNews = book.note(at, bucket, count, law?.mean ?? 0)
      // Whatever happens in it is its own: no sum may reach into it from the hours after it.
      if (awaited) book.forget(at, bucket, bucket)
      const isKnown = book.isKnown(at, parent !== null, GRAINS[tick.grain].weeks)
      let p: number | null = null
      let rate: Float64Array | null = null
      let by_rate = false
      let { start_ms } = tick
      if (law !== null && isNews && !awaited && isKnown && IS_TESTED[metric] && law.mean * LONGEST >= VOLUME_MIN) {
        const u = uniformOf(of.seeds[metric]!, bucket)
        book.test(at, bucket, count, law, u, tests)
        tests[DAY_TEST] = dayP(book, tick, at, { before, count, hour: slot % 24, law, u })
        p = combined(tests, law.mean, state.calibrations[FAMILY_OF[metric]!])
        rate = testRate(book, of, metric, bucket, u)
        if (rate !== null) {
          const either = eitherOf(p, combined(rate, law.mean, state.calibrations.rates))
          by_rate = either < p
          p = either
        }
        // What is certain and too small to matter to anybody is no discovery, and is learnt.
        if (p <= LOOKED_AT && deviationOf(book, seriesKey(METRICS[metric]!, scope), tick) === undefined) p = 1
        p_values.set(tests, series.length * TESTS)
      }
      if (tick.restated !== undefined) {
        const again = testAgain(state, tick, of, metric, p === null ? null : law)
        if (again !== undefined && again.p < p!) [start_ms, by_rate] = [again.start_ms, false]
        if (again !== undefined) p = Math.min(1, 2 * Math.min(again.p, p!))
      }
      series.push({ of, metric, at, count, parent, law, p, start_ms, rate, by_rate, mayLearn, isKnown })
    }
  }
  return { when, series, p_values }
}

/** One p-value of the count and of its rate: Bonferroni's, by weights that leave the count most of its power. */
function eitherOf(count: number, rate: number): number {
  return Math.min(1, count / COUNT_WEIGHT, rate / (1 - COUNT_WEIGHT))
}
const COUNT_WEIGHT = 0.8

/** Accounts of one platform are in different zones and businesses: one that knows its week has no other's. */
function livesAlone({ book }: TenantState, { grain }: Tick, { isAccount }: ScopeSeries, at: number): boolean {
  return isAccount && book.isKnown(at, false, GRAINS[grain].weeks)
}

/** The nearest scope above that the tick has. */
function aboveOf({ book }: TenantState, { sums }: Tick, { above }: ScopeSeries): ScopeSeries | undefined {
  for (const one of above) if (sums.has(one)) return book.seriesOf(one)
  return undefined
}

/** The profile of a parent, made once in a tick; null for one that does not know its week yet and cannot hand it down. */
function profileAbove(
  { book }: TenantState,
  { grain }: Tick,
  at: number,
  profiles: Map<number, Parent>,
): Parent | null {
  if (at === -1 || !book.isKnown(at, false, GRAINS[grain].weeks)) return null
  const known = profiles.get(at)
  if (known !== undefined) return known
  const made = book.profile(at)
  profiles.set(at, made)
  return made
}

const ORDERS = [METRICS.indexOf('orders')]
const DELIVERY = METRICS.flatMap((metric, at) => (metric === 'orders' ? [] : [at]))
const IS_TESTED = METRICS.map((metric) => TESTED.has(metric))
/** Days have luck of their own, some per cent, that no season knows. */
export const LUCK_VARIANCE = 0.03 ** 2
/** Nobody knows beforehand what a holiday does; each of its hours that is like any other says that it does nothing. */
function holidayVariance(calm: number): number {
  return Math.max(LUCK_VARIANCE, HOLIDAY_VARIANCE / (1 + calm))
}
const HOLIDAY_VARIANCE = 0.06 ** 2
/** Expected within a day, so that silence would be seen: P(0) = 1e-4. */
const VOLUME_MIN = 9.2
const LONGEST = 24
