import { type AlertBudget, spendBudget } from '../../../models/anomaly/counts/alert-budget.ts'
import { fadeAll, hear, nothingHeard, rememberAll } from '../../../models/anomaly/counts/combine.ts'
import { TESTS } from '../../../models/anomaly/counts/evidence.ts'
import { SEASON_SLOTS } from '../../../models/anomaly/counts/expectation.ts'
import { ORDINARY_P } from '../../../models/anomaly/counts/ordinary.ts'
import type { Tick } from './closed-bucket.ts'
import { GRAINS, slotOf } from './grain.ts'
import { METRICS, type Metric, seriesKey } from './scope.ts'
import { type Scored, scoreTick } from './score.ts'
import { FAMILIES, FAMILY_OF, groupOf, type TenantState } from './state.ts'

/** A series that is off, by the evidence of this tick and the buckets before it. */
export type Suspect = {
  readonly series: string
  readonly metric: Metric
  readonly scope: string
  readonly p_value: number
  readonly q_value: number
  /** The bucket that says so: mostly the tick's, or one that was restated. */
  readonly start_ms: number
  /** Whether it is off as a share of what it is made of, more than as a count. */
  readonly by_rate: boolean
}

export type Knobs = { readonly alerts_a_day: number; readonly false_share: number }
/**
 * A false alert in a hundred days of an hour's grain, until the user says otherwise. One incident is off in a dozen series,
 * so the share of false ones is of these.
 */
export const KNOBS: Knobs = { alerts_a_day: 0.01, false_share: 0.005 }

/**
 * Judges a bucket of a group: tests every series against what was expected of it, then lets it be learnt. Which of the
 * p-values are news is decided over all series of the tick together, by what is left of the user's knob.
 *
 * @returns the series that are off, most surely first
 */
export function judge(state: TenantState, tick: Tick, knobs: Knobs = KNOBS): Suspect[] {
  const group = groupOf(state, tick.group)
  const { fades, keeps, ms } = GRAINS[tick.grain]
  const { p_values, series, when } = scoreTick(state, tick)
  const { news, suspects } = newsOf(state, tick, knobs, series)
  const own = new Float64Array(SEASON_SLOTS)
  for (const one of series) {
    if (!one.mayLearn) continue
    const { at, count, isKnown, metric } = one
    let { law } = one
    const isMistaught = isWrong(one)
    if (news.has(one) || isMistaught) state.book.doubt(at, slotOf(tick.grain, one.start_ms + tick.offset_ms))
    if (news.has(one)) continue
    const parent = one.parent ?? state.book.day(at, own)
    if (isMistaught) law = state.book.expect(at, when[metric]!, parent)
    state.book.learn(at, count, law, when[metric]!, parent, keeps, isKnown)
    state.book.teach(at, Math.floor(tick.start_ms / ms))
  }
  // The past of a family is what came before the tick, whatever the order within it, without what an incident that is
  // known already goes on to show.
  for (const calibration of Object.values(state.calibrations)) fadeAll(calibration, fades)
  const heard = heardByFamily()
  const tests = new Float64Array(TESTS)
  for (let n = 0; n < series.length; n++) {
    const { law, mayLearn, metric, p, rate } = series[n]!
    if (p === null || !mayLearn) continue
    for (let test = 0; test < TESTS; test++) tests[test] = p_values[n * TESTS + test]!
    hear(tests, law!.mean, heard[FAMILY_OF[metric]!])
    if (rate !== null) hear(rate, law!.mean, heard.rates)
  }
  for (const family of FAMILIES) rememberAll(heard[family], state.calibrations[family])
  const fresh = 1 / 50
  group.rows = group.rows === 0 ? tick.rows : group.rows + fresh * (tick.rows - group.rows)
  if (tick.value_micros !== null) {
    const known = group.value_micros ?? tick.value_micros
    group.value_micros = known + fresh * (tick.value_micros - known)
    group.currency = tick.currency
  }
  group.calm = tick.holiday ? group.calm + (series.some(isOff) ? 0 : 1) : 0
  group.offset_ms = tick.offset_ms
  group.bucket = Math.max(group.bucket, Math.floor(tick.start_ms / ms))
  return suspects
}

function heardByFamily() {
  return { delivery: nothingHeard(), conversions: nothingHeard(), orders: nothingHeard(), rates: nothingHeard() }
}

/**
 * Whether what a series without a parent learnt of this time of its week in its first was wrong: a platform whose accounts
 * begin one after the other has hours that are held against a level which lacks some of them.
 */
function isWrong({ count, isKnown, law }: Scored): boolean {
  return !isKnown && law !== null && law.mean >= TELLING && (count > FAR * law.mean || count * FAR < law.mean)
}

/** Whether something that all of a group is in, and that has the counts to tell, is not what it is on other days. */
function isOff({ count, law, of, p }: Scored): boolean {
  return of.isTop && p !== null && law!.mean >= TELLING && Math.abs(count / law!.mean - 1) > CALM
}

/** Report rows that a group usually has at this time of its week; 0 while nobody knows. */
export function usualReports(state: TenantState, tick: Tick, scope = topOf(tick)): number {
  const at = state.book.places.get(seriesKey('reports', scope))
  if (at === undefined || !state.book.isKnown(at, false, REPORTS_KNOWN)) return 0
  const slot = slotOf(tick.grain, tick.start_ms + tick.offset_ms)
  return state.book.expect(at, { slot, factor: 1, factor_variance: 0 }, state.book.day(at))?.mean ?? 0
}

function topOf({ sums }: Tick): string {
  return [...sums.keys()].reduce((a, b) => (b.length < a.length ? b : a))
}

/**
 * Parents before children: what a platform is off by as a whole is asked with half of what may be spent, so that it does
 * not drown in its campaigns; the other half is theirs.
 */
function newsOf(state: TenantState, tick: Tick, knobs: Knobs, series: readonly Scored[]): News {
  const half = { ...knobs, alerts_a_day: knobs.alerts_a_day / 2 }
  const tested = series.filter(({ p }) => p !== null)
  // The shop and each account have ticks of their own within one time: each has its part of it.
  const passed_ms = GRAINS[tick.grain].ms / state.groups.size
  const first = smallOf(
    tested.filter(({ of }) => of.isTop),
    passed_ms,
    state.budgets.parents,
    half,
  )
  const second = smallOf(
    tested.filter(({ of }) => !of.isTop),
    passed_ms,
    state.budgets.children,
    half,
  )
  state.budgets = { parents: first.budget, children: second.budget }
  const suspects = [...first.suspects, ...second.suspects]
  return {
    news: new Set([...first.small, ...second.small]),
    suspects: suspects.sort((a, b) => a.p_value - b.p_value || (a.series < b.series ? -1 : 1)),
  }
}

type News = { readonly news: ReadonlySet<Scored>; readonly suspects: Suspect[] }

function smallOf(tested: readonly Scored[], passed_ms: number, before: AlertBudget, knobs: Knobs) {
  // What an incident that is known goes on to show is no discovery, and must not pay for others.
  const p_values = tested.filter(({ mayLearn }) => mayLearn).map(({ p }) => p!)
  if (p_values.length === 0) return { budget: before, small: [], suspects: [] }
  const { alerts, budget: left, p_max } = spendBudget(p_values, passed_ms, before, knobs)
  // What is off in a dozen series at once is one discovery, and pays for no more than that.
  const budget = { ...left, found: left.found - Math.max(0, alerts - 1) }
  // From ORDINARY_P on p-values are not told apart, and no knob makes an alert of what one bucket in ten shows.
  const small = tested.filter(({ p }) => p! <= p_max && p! < ORDINARY_P).sort((a, b) => a.p! - b.p!)
  const suspects = small.map(({ by_rate, metric: n, of: { scope }, p, start_ms }, rank): Suspect => {
    const metric = METRICS[n]!
    const q_value = Math.min(1, (p! * p_values.length) / (rank + 1))
    return { series: seriesKey(metric, scope), metric, scope, p_value: p!, q_value, start_ms, by_rate }
  })
  return { budget, small, suspects }
}

/** Two days tell which reports come: waiting for one in vain costs an hour, learning half of one a season. */
const REPORTS_KNOWN = 48
/** Counts of which a seventh is more than luck, and that seventh. */
const TELLING = 100
const CALM = 0.15
/** No two weeks differ by as much. */
const FAR = 1.5
