import { type AlertBudget, spendBudget } from '../../../models/anomaly/counts/alert-budget.ts'
import { combined, fadeAll, rememberAll } from '../../../models/anomaly/counts/combine.ts'
import { TESTS } from '../../../models/anomaly/counts/evidence.ts'
import type { Expected, Parent } from '../../../models/anomaly/counts/expectation.ts'
import { uniformOf } from '../../../models/anomaly/counts/uniform.ts'
import { hash128 } from '../../../schemas/hash.ts'
import { GRAINS, type Grain, slotOf } from './grain.ts'
import { isDuring } from './incident.ts'
import {
  ancestorsOf,
  COMMERCE,
  METRICS,
  type Metric,
  partsOf,
  related,
  scopeOfKey,
  seriesKey,
  TESTED,
} from './scope.ts'
import type { Bucket as When } from './series.ts'
import { type Family, groupOf, type TenantState } from './state.ts'

/** One bucket of one group, closed: sums by scope. Scopes of the group that have nothing are zero. */
export type Tick = {
  readonly grain: Grain
  readonly group: string
  readonly start_ms: number
  /** Of the group's local clock from UTC: people live by it, also when it is set back. */
  readonly offset_ms: number
  readonly sums: ReadonlyMap<string, Sums>
  /** Report rows that the bucket has. */
  readonly rows: number
  readonly value_micros: number | null
  readonly currency: string
  /** A holiday somewhere: nobody knows yet what it does. */
  readonly holiday: boolean
  /** Scopes in which somebody expects something now: neither tested nor learnt. */
  readonly expected: readonly string[]
}

export type Sums = Readonly<Partial<Record<Metric, number>>>

/** A series that is off, by the evidence of this tick and the buckets before it. */
export type Suspect = {
  readonly series: string
  readonly metric: Metric
  readonly scope: string
  readonly p_value: number
  readonly q_value: number
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
  const bucket = Math.floor(tick.start_ms / GRAINS[tick.grain].ms)
  const profile = profilesOf(state, tick)
  const judged = seriesOf(state, tick).map((one) => judgeSeries(state, tick, bucket, group.bucket, one, profile(one)))
  const tested = judged.filter(({ p }) => p !== null)
  const suspects = newsOf(state, tick, knobs, tested)
  const news = new Set(suspects.map(({ series }) => series))
  const { keeps } = GRAINS[tick.grain]
  for (const { at, count, isKnown, law, mayLearn, parent, when, series } of judged) {
    if (mayLearn && !news.has(series)) state.book.learn(at, count, law, when, parent, keeps, isKnown)
  }
  // The past of a family is what came before the tick, whatever the order within it, without what an incident that is
  // known already goes on to show.
  for (const calibration of Object.values(state.calibrations)) fadeAll(calibration, GRAINS[tick.grain].fades)
  for (const { law, mayLearn, p_values, series } of tested) {
    if (!mayLearn) continue
    rememberAll(p_values!, law!.mean, state.calibrations[familyOf(partsOf(series).metric)])
  }
  const fresh = 1 / 50
  group.rows = group.rows === 0 ? tick.rows : group.rows + fresh * (tick.rows - group.rows)
  if (tick.value_micros !== null) {
    const known = group.value_micros ?? tick.value_micros
    group.value_micros = known + fresh * (tick.value_micros - known)
    group.currency = tick.currency
  }
  group.bucket = Math.max(group.bucket, bucket)
  return suspects
}

/** Report rows that a group usually has at this time of its week; 0 while nobody knows. */
export function usualReports(state: TenantState, tick: Tick, scope = topOf(tick)): number {
  const at = state.book.places.get(seriesKey('reports', scope))
  if (at === undefined || !state.book.isKnown(at, false, GRAINS[tick.grain].weeks)) return 0
  const slot = slotOf(tick.grain, tick.start_ms + tick.offset_ms)
  return state.book.expect(at, { slot, factor: 1, factor_variance: 0 }, state.book.day(at))?.mean ?? 0
}

function topOf({ sums }: Tick): string {
  return [...sums.keys()].reduce((a, b) => (b.length < a.length ? b : a))
}

type Judged = {
  readonly series: string
  readonly at: number
  readonly count: number
  readonly when: When
  readonly parent: Parent
  readonly law: Expected | null
  readonly p: number | null
  readonly p_values: Float64Array | null
  readonly mayLearn: boolean
  readonly isKnown: boolean
}

type Counted = { readonly series: string; readonly count: number; readonly above: string | undefined }

/** Series of the group, parents and children alike. */
function seriesOf({ book }: TenantState, { group, sums }: Tick): Counted[] {
  const metrics = METRICS.filter((metric) => (metric === 'orders') === (group === COMMERCE))
  return [...sums].flatMap(([scope, values]) =>
    metrics.flatMap((metric) => {
      const series = seriesKey(metric, scope)
      const count = values[metric] ?? 0
      // A series begins with its first count: most campaigns have no orders that name them.
      if (count === 0 && !book.places.has(series)) return []
      const above = ancestorsOf(scope).find((one) => sums.has(one))
      return [{ series, count, above: above === undefined ? undefined : seriesKey(metric, above) }]
    }),
  )
}

/** Profiles that series start from, each made once in a tick. What a parent does not know yet it cannot hand down. */
function profilesOf({ book }: TenantState, { grain }: Tick): (one: Counted) => { parent: Parent; isParent: boolean } {
  const made = new Map<string, Parent>()
  const make = (key: string, profile: () => Parent): Parent => {
    const known = made.get(key) ?? profile()
    made.set(key, known)
    return known
  }
  return ({ above, series }) => {
    const at = above === undefined ? undefined : book.places.get(above)
    if (at !== undefined && book.isKnown(at, false, GRAINS[grain].weeks)) {
      return { parent: make(above!, () => book.profile(at)), isParent: true }
    }
    const own = book.placeOf(series)
    return { parent: make(`own ${series}`, () => book.day(own)), isParent: false }
  }
}

function judgeSeries(
  state: TenantState,
  tick: Tick,
  bucket: number,
  before: number,
  { count, series }: Counted,
  { isParent, parent }: { readonly parent: Parent; readonly isParent: boolean },
): Judged {
  const { book } = state
  const { metric, scope } = partsOf(series)
  const at = book.placeOf(series)
  const when: When = {
    slot: slotOf(tick.grain, tick.start_ms + tick.offset_ms),
    factor: 1,
    factor_variance: tick.holiday ? HOLIDAY_VARIANCE : LUCK_VARIANCE,
  }
  const law = book.expect(at, when, parent)
  book.note(at, bucket, before, count, law?.mean ?? 0)
  const awaited = tick.expected.some((one) => related(one, scope))
  const frozen = state.incidents.some((one) => isDuring(one, tick.start_ms) && related(one.scope, scope))
  const mayLearn = !awaited && !frozen
  const isKnown = book.isKnown(at, isParent, GRAINS[tick.grain].weeks)
  const rest = { series, at, count, when, parent, law, mayLearn, isKnown }
  if (law === null || awaited || !TESTED.has(metric) || !isKnown || law.mean * LONGEST < VOLUME_MIN) {
    return { ...rest, p: null, p_values: null }
  }
  hash128(series, 0, words)
  const p_values = new Float64Array(TESTS)
  book.test(at, bucket, count, law, uniformOf(words[0]!, bucket), p_values)
  return { ...rest, p: combined(p_values, law.mean, state.calibrations[familyOf(metric)]), p_values }
}

/**
 * Parents before children: what a platform is off by as a whole is asked with half of what may be spent, so that it does
 * not drown in its campaigns; the other half is theirs.
 */
function newsOf(state: TenantState, tick: Tick, knobs: Knobs, tested: readonly Judged[]): Suspect[] {
  const half = { ...knobs, alerts_a_day: knobs.alerts_a_day / 2 }
  const [parents, children] = [tested.filter(isTop), tested.filter((one) => !isTop(one))]
  // The shop and each account have ticks of their own within one time: each has its part of it.
  const passed_ms = GRAINS[tick.grain].ms / state.groups.size
  const first = smallOf(parents, passed_ms, state.budgets.parents, half)
  const second = smallOf(children, passed_ms, state.budgets.children, half)
  state.budgets = { parents: first.budget, children: second.budget }
  return [...first.suspects, ...second.suspects].sort((a, b) => a.p_value - b.p_value || (a.series < b.series ? -1 : 1))
}

function isTop({ series }: Judged): boolean {
  const { campaign, account } = scopeOfKey(partsOf(series).scope)
  return campaign === undefined && account === undefined
}

function smallOf(tested: readonly Judged[], passed_ms: number, before: AlertBudget, knobs: Knobs) {
  // What an incident that is known goes on to show is no discovery, and must not pay for others.
  const p_values = tested.filter(({ mayLearn }) => mayLearn).map(({ p }) => p!)
  if (p_values.length === 0) return { budget: before, suspects: [] }
  const { budget, p_max } = spendBudget(p_values, passed_ms, before, knobs)
  const ranked = tested.filter(({ p }) => p! <= p_max).sort((a, b) => a.p! - b.p!)
  const suspects = ranked.map(
    ({ p, series }, rank): Suspect => ({
      series,
      ...partsOf(series),
      p_value: p!,
      q_value: Math.min(1, (p! * p_values.length) / (rank + 1)),
    }),
  )
  return { budget, suspects }
}

function familyOf(metric: Metric): Family {
  return metric === 'orders' || metric === 'conversions' ? metric : 'delivery'
}

/** Days have luck of their own, some per cent, that no season knows. */
const LUCK_VARIANCE = 0.03 ** 2
const HOLIDAY_VARIANCE = 0.15 ** 2
/** Expected within the longest sum, so that silence would be seen: P(0) = 1e-4. */
const VOLUME_MIN = 9.2
const LONGEST = 12
const words = new Uint32Array(4)
