import { expect, test } from 'vitest'
import { classify } from '../../../../models/root-cause/classify.ts'
import type { Incident } from '../../../../pipelines/detect/core/incident.ts'
import { type Metric, scopeKey, seriesKey } from '../../../../pipelines/detect/core/scope.ts'
import { situationOf } from '../../../../pipelines/detect/core/situation.ts'
import { groupOf, newTenantState } from '../../../../pipelines/detect/core/state.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'

const GOOGLE = scopeKey({ platform: 'google' })
const DOLLARS = scopeKey({ platform: 'google', account: 'us', campaign: 'us-1' })
const YEN = scopeKey({ platform: 'google', account: 'jp', campaign: 'jp-1' })
const USUAL = { impressions: 50_000, clicks: 1000, conversions: 60 } as const
const FIRST = 1000
const FACTS = { bid_changed: false, price_changed: false, out_of_stock: false, holiday: false }

/** Four hours of a platform that pays in dollars and in yen, of which the dollar campaign has a part of everything. */
function halved(part: number) {
  const state = newTenantState()
  const put = (metric: Metric, scope: string, count: number, usual: number) => {
    const at = state.book.placeOf(seriesKey(metric, scope))
    for (let bucket = FIRST; bucket < FIRST + 4; bucket++) state.book.note(at, bucket, count, usual)
  }
  for (const [metric, usual] of Object.entries(USUAL) as [Metric, number][]) {
    put(metric, DOLLARS, usual * part, usual)
    put(metric, YEN, usual, usual)
    put(metric, GOOGLE, usual * (1 + part), 2 * usual)
  }
  put('spend', DOLLARS, 1000 * part, 1000)
  put('spend', YEN, 150_000, 150_000)
  put('spend', GOOGLE, 150_000 + 1000 * part, 151_000)
  groupOf(state, 'google').bucket = FIRST + 3
  return state
}

function incidentOf(scope: string): Incident {
  const [observed, expected] = [300_000, 400_000]
  const until = { last_ms: (FIRST + 4) * HOUR_MS, abnormal_ms: (FIRST + 4) * HOUR_MS }
  const began = { onset_ms: FIRST * HOUR_MS, opened_scope: scope, metric: 'impressions', direction: 'down' }
  return { grain: 'hour', scope, group: 'google', observed, expected, ...began, ...until } as Incident
}

test('clicks cost what they cost in each campaign, whichever of them falls and whatever it pays in', () => {
  const { signals } = situationOf(halved(0.5), incidentOf(GOOGLE), FACTS)
  for (const ratio of ['ctr', 'cpc', 'cvr'] as const) {
    expect(signals[ratio]!.observed / signals[ratio]!.expected, ratio).toBeCloseTo(1, 6)
  }
  // The sums of both say that a click costs a third more, and a third more is bid.
  expect(
    signals.spend!.observed / signals.spend!.expected / (signals.clicks!.observed / signals.clicks!.expected),
  ).toBeGreaterThan(1.3)
  const { posterior } = classify({ signals, facts: FACTS })
  expect(posterior.budget_exhausted).toBeGreaterThan(5 * posterior.bid_change)
})

test('the only account of a platform is what its campaigns are', () => {
  const { signals } = situationOf(halved(0.5), incidentOf(scopeKey({ platform: 'google', account: 'us' })), FACTS)
  expect(signals.impressions).toMatchObject({ observed: 100_000, expected: 200_000 })
  expect(signals.sibling_clicks).toMatchObject({ observed: 4000, expected: 4000 })
})
