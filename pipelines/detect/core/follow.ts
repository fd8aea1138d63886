import { logProbability } from '../../../models/anomaly/counts/count-law.ts'
import { GRAINS, type Grain } from './grain.ts'
import { type Incident, sizeOf } from './incident.ts'
import { type Closed, EXPECTED_MIN, notedOf, type Off, openBy, partOf } from './open.ts'
import { commonScope, holds, type Metric, partsOf, related, scopeOfKey } from './scope.ts'
import { RING } from './series.ts'
import { deviationOf } from './span.ts'
import type { TenantState } from './state.ts'
import type { Suspect } from './tick.ts'
import { unlearn } from './unlearn.ts'

export type Happening = { readonly incident: Incident; readonly what: 'opened' | 'grew' | 'went on' | 'ended' }

/**
 * Carries incidents through one tick: those of the tick's group are held against the new bucket, suspects join an
 * incident that they belong to or open one. One cause is off in many series at once, so what opens together and touches
 * is one.
 */
export function follow(state: TenantState, tick: Closed, suspects: readonly Suspect[]): Happening[] {
  const happenings: Happening[] = []
  const open = state.incidents.filter((one) => one.ended_ms === null)
  for (const incident of open) {
    if (incident.group !== tick.group || tick.start_ms < incident.last_ms) continue
    happenings.push({ incident, what: goOn(state, incident, tick) })
  }
  const off = suspects.flatMap((suspect) => {
    const deviation = deviationOf(state.book, suspect.series, { grain: tick.grain, start_ms: suspect.start_ms })
    return deviation === undefined ? [] : [{ ...suspect, deviation }]
  })
  // The widest first: what joins an incident may widen it, and then the others are within.
  off.sort((a, b) => a.scope.length - b.scope.length || a.p_value - b.p_value || (a.series < b.series ? -1 : 1))
  const alone: Off[] = []
  for (const suspect of off) {
    const mine = state.incidents.find((one) => belongs(one, suspect, GRAINS[tick.grain].ms))
    if (mine === undefined) alone.push(suspect)
    else if (join(mine, suspect)) {
      happenings.push({ incident: mine, what: 'grew' })
      unlearn(state, mine)
    }
  }
  const opened: Incident[] = []
  for (const suspect of alone) {
    const mine = opened.find((one) => belongs(one, suspect, GRAINS[tick.grain].ms))
    if (mine !== undefined) {
      join(mine, suspect)
      continue
    }
    const together = alone.filter((one) => one.deviation.sure && related(one.scope, suspect.scope))
    if (!suspect.deviation.sure || together.length === 0) continue
    const first = likeliestOf(together)
    const incident = openBy(first, tick, state)
    if (first !== suspect) join(incident, suspect)
    opened.push(incident)
    state.incidents.push(incident)
    happenings.push({ incident, what: 'opened' })
  }
  for (const incident of opened) unlearn(state, incident)
  return happenings
}

/** The one that stands for all: the first step of the funnel that is off, there the widest scope that all of it is in. */
function likeliestOf(all: readonly Off[]): Off {
  const metric = FUNNEL.find((one) => all.some((off) => off.metric === one))!
  const of = all.filter((off) => off.metric === metric)
  const strongest = Math.max(...of.map(({ deviation }) => deviation.size))
  // A platform that lost a tenth because one campaign lost half is that campaign's.
  const full = of.filter(({ deviation }) => deviation.size >= strongest * ALIKE)
  return full.reduce((a, b) => (b.scope !== a.scope && holds(b.scope, a.scope) ? b : a))
}

/** Whether a suspect is another sign of an incident: within it, above it, or the same elsewhere at the same time. */
function belongs(incident: Incident, { deviation, metric, scope }: Off, ms: number): boolean {
  // What is judged again after a restart may lie before it.
  if (deviation.last_ms <= incident.onset_ms) return false
  if (incident.ended_ms !== null) {
    // What is left of an incident in longer sums is no news.
    return deviation.onset_ms < incident.ended_ms && related(incident.scope, scope)
  }
  if (related(incident.scope, scope)) return true
  const beside = scopeOfKey(scope).platform === scopeOfKey(incident.scope).platform
  const near = Math.abs(deviation.onset_ms - incident.onset_ms) <= (beside ? BESIDE : NEAR) * ms
  return near && alike(metric, incident.metric) && deviation.direction === incident.direction
}

/** Ads that are shown less are clicked less: one of both may be plain before the other. */
function alike(one: Metric, other: Metric): boolean {
  return one === other || (DELIVERY.has(one) && DELIVERY.has(other))
}

/** @returns whether the incident is more than it was */
function join(incident: Incident, { deviation, q_value, scope, series }: Off): boolean {
  if (incident.ended_ms !== null || incident.members.includes(series)) return false
  incident.members.push(series)
  incident.q_value = Math.min(incident.q_value, q_value)
  const same = deviation.direction === incident.direction
  const wider = same && !holds(incident.scope, scope) ? commonScope(incident.scope, scope) : incident.scope
  // A parent that is only off by what its child is off by says nothing of the others.
  const says = wider === incident.scope || !holds(scope, incident.scope) || deviation.size >= sizeOf(incident) * ALIKE
  if (!says || wider === incident.scope) return false
  incident.scope = wider
  return true
}

/** Holds an open incident against the next bucket of the series that it was opened by. */
function goOn(state: TenantState, incident: Incident, tick: Closed): Happening['what'] {
  const { start_ms } = tick
  const { ms } = GRAINS[incident.grain]
  const noted = notedOf(state, incident, Math.floor(start_ms / ms))
  incident.last_ms = start_ms + ms
  if (noted === undefined) return tooLong(state, incident)
  const { expected, observed } = noted
  const ratio = Math.min(20, Math.max(0.02, incident.observed / incident.expected))
  const spread = Math.max(0, incident.variance / incident.expected ** 2 - 1 / incident.expected)
  const nats =
    logProbability(observed, expected, spread) -
    logProbability(observed, Math.max(EXPECTED_MIN, expected * ratio), spread)
  if (incident.buckets.length < BUCKETS_MAX)
    incident.buckets.push({ start_ms, expected, observed, ...partOf(tick, incident.metric) })
  if (nats > 0) {
    incident.recovered += Math.min(nats, NATS_A_BUCKET)
    incident.normal++
  } else {
    incident.recovered = Math.max(0, incident.recovered + nats)
    incident.normal = 0
    incident.observed += observed
    incident.expected += expected
    incident.variance += expected + spread * expected ** 2
    incident.abnormal_ms = start_ms + ms
  }
  if (incident.recovered >= RECOVERED && incident.normal >= NORMAL_MIN) return end(state, incident, 'back_to_normal')
  return tooLong(state, incident)
}

/** What lasts for weeks is how things are now, and its series learn again. */
function tooLong(state: TenantState, incident: Incident): Happening['what'] {
  if (incident.last_ms - incident.onset_ms < LONGEST_MS[incident.grain]) return 'went on'
  return end(state, incident, incident.last_ms - incident.abnormal_ms > DAYS_3 ? 'out_of_data' : 'new_level')
}

export function end(state: TenantState, incident: Incident, ending: NonNullable<Incident['ending']>): 'ended' {
  incident.ended_ms = incident.last_ms
  incident.ending = ending
  const { ms } = GRAINS[incident.grain]
  // All that it touched, whether it was off by much or not.
  for (const [series, at] of state.book.places) {
    if (!related(incident.scope, partsOf(series).scope)) continue
    state.book.forget(at, incident.onset_ms / ms, incident.last_ms / ms - 1)
  }
  return 'ended'
}

/** A platform's numbers come before what follows from them. */
const FUNNEL: readonly Metric[] = ['impressions', 'clicks', 'conversions', 'orders', 'spend']
const DELIVERY: ReadonlySet<Metric> = new Set<Metric>(['impressions', 'clicks'])
/** Buckets between the onsets of the same change elsewhere, and in another campaign of the same platform. */
const NEAR = 2
const BESIDE = 6
/** Two changes are one when the smaller has this part of the larger. */
const ALIKE = 0.6
/** Nats for "normal again", at most so many from one bucket, and at least so many buckets. */
const RECOVERED = 4
const NATS_A_BUCKET = 3
const NORMAL_MIN = 2
const BUCKETS_MAX = 16 * RING
const DAYS_3 = 3 * 86_400_000
const LONGEST_MS: Readonly<Record<Grain, number>> = { hour: 14 * 86_400_000, day: 42 * 86_400_000 }
