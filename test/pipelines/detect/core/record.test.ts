import { expect, test } from 'vitest'
import type { Moved } from '../../../../models/root-cause/classify.ts'
import { classify } from '../../../../models/root-cause/classify.ts'
import type { Incident } from '../../../../pipelines/detect/core/incident.ts'
import { recordOf } from '../../../../pipelines/detect/core/record.ts'
import { type Metric, scopeKey } from '../../../../pipelines/detect/core/scope.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'

const SCOPE = scopeKey({ platform: 'meta', account: 'a', campaign: 'c' })

function sidesOf(metric: Metric, signals: Readonly<Record<string, Moved>>) {
  const counts = { observed: 70, expected: 100, variance: 136, q_value: 0.001 }
  const times = {
    onset_ms: 0,
    opened_ms: HOUR_MS,
    last_ms: HOUR_MS,
    abnormal_ms: HOUR_MS,
    ended_ms: null,
    ending: null,
  }
  const place = { grain: 'hour', metric, direction: 'down', scope: SCOPE, opened_scope: SCOPE, group: 'meta' } as const
  const rest = { members: [], recovered: 0, normal: 0, buckets: [] }
  const incident: Incident = { ...counts, ...times, ...place, ...rest }
  const classified = classify({ signals: {}, facts: {} })
  const money = { value_micros: null, currency: '' }
  const age = { watermark_ms: HOUR_MS, data_age_ms: 0, muted: false, isForgotten: false, tenant: 'demo', causes: [] }
  return recordOf(incident, { ...age, ...money, classified, signals }, undefined).sides
}

const moved = (observed: number, expected: number): Moved => ({ observed, expected, variance: expected })

test('an alert says which side of the rate moved, the larger part first, and both add up to it', () => {
  const sides = sidesOf('clicks', { clicks: moved(70, 100), impressions: moved(5_500, 5_000) })
  expect(sides.map(({ side }) => side)).toEqual(['clicks', 'impressions'])
  expect(sides[0]!.change! + sides[1]!.change!).toBeCloseTo(Math.log(70 / 100 / (5_500 / 5_000)), 3)
})

test('fewer clicks are no worse a conversion rate', () => {
  const sides = sidesOf('conversions', { claimed_conversions: moved(69, 100), clicks: moved(700, 1_000) })
  expect(sides[0]!.side).toBe('conversions')
  expect(sides[0]!.change! + sides[1]!.change!).toBeCloseTo(Math.log(0.69 / 0.7), 3)
})

test('what is not known of a side is null, and a count that is of no other has none', () => {
  expect(sidesOf('clicks', { clicks: moved(70, 100) })).toEqual([
    { side: 'clicks', change: -0.3567 },
    { side: 'impressions', change: null },
  ])
  expect(sidesOf('impressions', { impressions: moved(70, 100) })).toEqual([])
})
