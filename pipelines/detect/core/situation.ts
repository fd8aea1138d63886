import type { Moved, Situation } from '../../../models/root-cause/classify.ts'
import type { Fact, Signal } from '../../../models/root-cause/signatures.ts'
import { GRAINS } from './grain.ts'
import type { Incident } from './incident.ts'
import { groupOfSeries, holds, type Metric, partsOf, scopeKey, scopeOfKey, seriesKey } from './scope.ts'
import { RING } from './series.ts'
import type { TenantState } from './state.ts'

/** Facts that only the store knows: the change log, the catalogue, the calendar. Left out is not known. */
export type KnownFacts = Readonly<Partial<Record<Fact, boolean>>>

/**
 * What the classifier is told of an incident: what every kind of number did inside its scope and beside it, since it
 * began, and the facts. Numbers of a group that has not reported these buckets yet are left out.
 */
export function situationOf(state: TenantState, incident: Incident, facts: KnownFacts): Situation {
  const inside = (metric: Metric) => movedOf(state, incident, insideOf(state, metric, incident.scope))
  const impressions = inside('impressions')
  const clicks = inside('clicks')
  const spend = inside('spend')
  const reports = inside('reports')
  const found: Partial<Record<Signal, Moved | undefined>> = {
    impressions,
    clicks,
    spend,
    claimed_conversions: inside('conversions'),
    orders: inside('orders'),
    sibling_clicks: movedOf(state, incident, siblingsOf(state, 'clicks', incident.scope)),
    sibling_orders: siblingOrders(state, incident),
    ctr: ratioOf(state, incident, 'clicks', 'impressions'),
    cpc: ratioOf(state, incident, 'spend', 'clicks'),
    cvr: ratioOf(state, incident, 'conversions', 'clicks'),
  }
  const signals = Object.fromEntries(Object.entries(found).filter(([, moved]) => moved !== undefined))
  const gradual = isGradual(state, incident)
  const incomplete = isIncomplete(impressions, reports)
  return {
    signals: signals as Situation['signals'],
    facts: {
      ...facts,
      ...(gradual === undefined ? {} : { gradual }),
      ...(incomplete === undefined ? {} : { incomplete }),
    },
  }
}

/**
 * One count against what as much of another usually brings, campaign by campaign: where one of them falls that is
 * cheaper than the others, the sums of both have another price, and nobody has changed any. In units of what it is of
 * where it is money, for campaigns may pay in several currencies.
 */
function ratioOf(state: TenantState, incident: Incident, count: Metric, of: Metric): Moved | undefined {
  let [observed, expected, base] = [0, 0, 0]
  for (const scope of leavesOf(state, of, incident.scope)) {
    const above = movedOf(state, incident, [seriesKey(count, scope)])
    const below = movedOf(state, incident, [seriesKey(of, scope)])
    if (above === undefined || below === undefined) continue
    const usual = above.expected / below.expected
    const unit = count === 'spend' ? usual : 1
    observed += above.observed / unit
    expected += (below.observed * usual) / unit
    base += below.observed
  }
  if (base < OF_MIN || expected <= 0) return undefined
  return { observed, expected, variance: expected + (RATIO_SPREAD * expected) ** 2 }
}

/** Campaigns of a scope; itself where it has none. */
function leavesOf({ book }: TenantState, metric: Metric, scope: string): string[] {
  const scopes = [...book.places.keys()].flatMap((series) => {
    const parts = partsOf(series)
    return parts.metric === metric && holds(scope, parts.scope) ? [parts.scope] : []
  })
  const campaigns = scopes.filter((one) => scopeOfKey(one).campaign !== undefined)
  return campaigns.length > 0 ? campaigns : scopes
}

/** One count against what as much of another usually brings: clicks of these impressions, spend for these clicks. */
export function against(count: Moved | undefined, of: Moved | undefined): Moved | undefined {
  if (count === undefined || of === undefined || of.observed < OF_MIN) return undefined
  const expected = (of.observed * count.expected) / of.expected
  return { observed: count.observed, expected, variance: expected + (SPREAD * expected) ** 2 }
}

/**
 * Whether too little is remembered of an incident to read a class from: half of what is kept is of the time after it.
 * What was said of it stays.
 */
export function isForgotten(state: TenantState, incident: Incident): boolean {
  if (incident.last_ms - incident.abnormal_ms > (RING / 2) * GRAINS[incident.grain].ms) return true
  return movedOf(state, incident, [seriesKey(incident.metric, incident.opened_scope)]) === undefined
}

/** Sums of some series over the buckets of an incident, as far as they are remembered. */
export function movedOf(state: TenantState, incident: Incident, series: readonly string[]): Moved | undefined {
  const { ms } = GRAINS[incident.grain]
  const last = incident.abnormal_ms / ms - 1
  const first = Math.max(incident.onset_ms / ms, last - RING + 1)
  let [observed, expected, wide] = [0, 0, 0]
  for (const one of series) {
    const at = state.book.places.get(one)
    if (at === undefined) continue
    const { scope, metric } = partsOf(one)
    const judged = state.groups.get(groupOfSeries(metric, scope))?.bucket ?? -1
    for (let bucket = first; bucket <= Math.min(last, judged); bucket++) {
      const noted = state.book.noted(at, bucket)
      if (noted === undefined) continue
      observed += noted.observed
      expected += noted.expected
      wide += (SPREAD * noted.expected) ** 2
    }
  }
  return expected > 0 ? { observed, expected, variance: expected + wide } : undefined
}

/** Series that add up to a scope; its own where there is one. */
function insideOf(state: TenantState, metric: Metric, scope: string): string[] {
  const own = seriesKey(metric, scope)
  if (state.book.places.has(own)) return [own]
  // Everything there is of deliveries is the sum of its platforms, an account that is a platform's only one that of its
  // campaigns; a shop's orders know neither.
  if (scope === scopeKey({})) return platformSeries(state, metric)
  return leavesOf(state, metric, scope).map((one) => seriesKey(metric, one))
}

function siblingsOf(state: TenantState, metric: Metric, scope: string): string[] {
  const { account, campaign, platform } = scopeOfKey(scope)
  if (platform === undefined) return []
  if (campaign === undefined && account === undefined) {
    return platformSeries(state, metric).filter((series) => partsOf(series).scope !== scope)
  }
  return campaignSeries(state, metric, platform).filter((series) => !holds(scope, partsOf(series).scope))
}

/** Orders beside the platform's own: all less these. */
function siblingOrders(state: TenantState, incident: Incident): Moved | undefined {
  const { platform } = scopeOfKey(incident.scope)
  if (platform === undefined) return undefined
  const all = movedOf(state, incident, [seriesKey('orders', scopeKey({}))])
  const own = movedOf(state, incident, [seriesKey('orders', scopeKey({ platform }))])
  if (all === undefined || own === undefined || all.expected <= own.expected) return undefined
  return {
    observed: Math.max(0, all.observed - own.observed),
    expected: all.expected - own.expected,
    variance: all.variance,
  }
}

function platformSeries({ book }: TenantState, metric: Metric): string[] {
  return [...book.places.keys()].filter((series) => {
    const parts = partsOf(series)
    const { account, campaign, platform } = scopeOfKey(parts.scope)
    return parts.metric === metric && platform !== undefined && account === undefined && campaign === undefined
  })
}

function campaignSeries({ book }: TenantState, metric: Metric, of: string): string[] {
  return [...book.places.keys()].filter((series) => {
    const parts = partsOf(series)
    const { campaign, platform } = scopeOfKey(parts.scope)
    return parts.metric === metric && platform === of && campaign !== undefined
  })
}

/** Whether it began little by little; undefined where the buckets do not say. */
function isGradual(state: TenantState, incident: Incident): boolean | undefined {
  const { ms } = GRAINS[incident.grain]
  const { eve } = incident
  const change = incident.observed / incident.expected - 1
  if (eve !== undefined && eve.expected > 0) {
    const before = eve.observed / eve.expected - 1
    const luck = Math.sqrt(1 / eve.expected + SPREAD ** 2)
    if (before / change > ON_ITS_WAY && Math.abs(before) > 3 * luck) return true
  }
  const at = state.book.places.get(seriesKey(incident.metric, incident.opened_scope))
  if (at === undefined) return undefined
  const first = state.book.noted(at, incident.onset_ms / ms)
  if (first === undefined) return undefined
  const part = (first.observed / first.expected - 1) / change
  const buckets = (incident.abnormal_ms - incident.onset_ms) / ms
  if (part >= 0.6) return false
  return part < 0.4 && buckets >= 6 && first.expected >= 20 ? true : undefined
}

/** Whether the rows that are missing are what is missing of the numbers. */
function isIncomplete(impressions: Moved | undefined, reports: Moved | undefined): boolean | undefined {
  if (impressions === undefined || reports === undefined || reports.expected < ROWS_MIN) return undefined
  const lost = 1 - impressions.observed / impressions.expected
  if (lost < 0.1) return false
  return 1 - reports.observed / reports.expected > 0.6 * lost
}

/** Part of the change that was there before it was a change. */
const ON_ITS_WAY = 0.2
const ROWS_MIN = 2
const OF_MIN = 20
/** Relative standard deviation of a bucket beside the counting. */
const SPREAD = 0.06
/** Of what it is of another count of the same hours: what a day does to all of them is in both. */
const RATIO_SPREAD = 0.03
