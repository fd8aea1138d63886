import { expect, test } from 'vitest'
import { drawTroubled } from '../../../benchmarks/detection/draw-world.ts'
import { judgeIssues } from '../../../benchmarks/detection/issues.ts'
import { type Found, type Seen, tickKey } from '../../../benchmarks/detection/watch-world.ts'
import type { Injection } from '../../../ingest/world/injection.ts'
import type { Incident } from '../../../pipelines/detect/core/incident.ts'
import { scopeKey } from '../../../pipelines/detect/core/scope.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'

const FROM = Date.parse('2025-06-02T10:00:00Z')
const META = scopeKey({ platform: 'meta' })
const BREAK: Injection = {
  kind: 'tracking_break',
  scope: { platform: 'meta' },
  size: 0.5,
  from_ms: FROM,
  to_ms: FROM + 8 * HOUR_MS,
  product: null,
  product_share: 1,
}

function seen(conversions: number, found: readonly Found[] = []): Seen {
  const hours = Array.from({ length: 8 }, (_, n) => {
    const start_ms = FROM + n * HOUR_MS
    const sums = new Map([[META, { conversions }]])
    const rest = {
      offset_ms: 0,
      rows: 1,
      value_micros: null,
      currency: 'USD',
      holiday: false,
      complete: {},
      expected: [],
    }
    const tick = { grain: 'hour' as const, group: 'meta', start_ms, sums, ...rest }
    return [tickKey('meta', start_ms), { tick, is_late: false }] as const
  })
  return { found, ticks: new Map(hours), groups: ['meta'], series: 1 }
}

function alert(hours: number, platform: string): Found {
  const incident = { opened_ms: FROM + hours * HOUR_MS, metric: 'conversions', scope: scopeKey({ platform }) }
  return { incident: incident as Incident, cause: 'tracking_break' }
}

test('an alert within an issue is its own, any other belongs to none', () => {
  const [mine, elsewhere, before, after] = [alert(2, 'meta'), alert(2, 'google'), alert(-1, 'meta'), alert(21, 'meta')]
  const { others, outcomes } = judgeIssues([BREAK], seen(50, [mine, elsewhere, before, after]), seen(100))
  expect(outcomes).toEqual([
    { kind: 'tracking_break', above_bound: true, above_three: false, delay: 2, cause: 'tracking_break', alerts: 1 },
  ])
  expect(others).toEqual([elsewhere, before, after])
})

test('a report that is late may be of the hour before', () => {
  const late = { ...BREAK, kind: 'reporting_delay' as const, from_ms: FROM + 15 * 60_000 }
  const [found, before] = [alert(0, 'meta'), alert(-1, 'meta')]
  const { others, outcomes } = judgeIssues([late], seen(50, [found, before]), seen(100))
  expect(outcomes).toMatchObject([{ delay: 0, alerts: 1 }])
  expect(others).toEqual([before])
})

test('half of 60 an hour is about what can be told, half of 200 is three times as much', () => {
  const above = (usual: number) => {
    const [outcome] = judgeIssues([BREAK], seen(usual / 2), seen(usual)).outcomes
    expect(outcome!.delay).toBeNull()
    return [outcome!.above_bound, outcome!.above_three]
  }
  expect(above(40)).toEqual([false, false])
  expect(above(80)).toEqual([true, false])
  expect(above(260)).toEqual([true, true])
})

test('worlds and their issues follow from the seed, and every kind comes once', () => {
  const { injections, spec } = drawTroubled(5, 10)
  expect(drawTroubled(5, 10)).toEqual({ injections, spec })
  expect(new Set(injections.map(({ kind }) => kind)).size).toBe(10)
  const sorted = injections.toSorted((a, b) => a.from_ms - b.from_ms)
  expect(injections).toEqual(sorted)
})
