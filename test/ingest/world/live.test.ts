import { describe, expect, test } from 'vitest'
import { inject, startLive, worldTime } from '../../../ingest/world/live.ts'
import type { WorldEvent } from '../../../ingest/world/model.ts'
import { createWorld, type World, worldOf } from '../../../ingest/world/world.ts'
import { reduceEvents } from './reference.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const world = createWorld(11, { days: 10 })
const history = [...world.history()].flat()
const text = (events: readonly WorldEvent[]) => events.map((event) => JSON.stringify(event))

test('world time runs 600 times as fast, and never ahead of the wall', () => {
  const start = { world_ms: world.end_ms, wall_ms: world.end_ms + 100 * DAY_MS }
  expect(worldTime(start, start.wall_ms)).toBe(start.world_ms)
  expect(worldTime(start, start.wall_ms + 1000)).toBe(start.world_ms + 600_000)
  expect(worldTime(start, start.wall_ms - 5)).toBe(start.world_ms)
  expect(worldTime(start, start.wall_ms + DAY_MS)).toBe(start.wall_ms + DAY_MS)
})

test('live time goes on where the history ends, whatever the steps', () => {
  const to_ms = world.end_ms + 3 * DAY_MS
  const whole = [...world.timeline(to_ms, Number.POSITIVE_INFINITY)].flat()
  const live = startLive(world, world.end_ms)
  const events: WorldEvent[] = []
  for (let at_ms = world.end_ms; at_ms < to_ms; at_ms += 601_000)
    events.push(...live.advance(Math.min(to_ms, at_ms + 601_000)))
  expect(text([...history, ...events])).toEqual(text(whole))
  expect(live.advance(to_ms - HOUR_MS)).toEqual([])
})

test('nothing is due before it happens', () => {
  const live = startLive(world, world.end_ms)
  for (let hour = 1; hour <= 48; hour++) {
    const now_ms = world.end_ms + hour * HOUR_MS
    for (const event of live.advance(now_ms)) expect(Date.parse(event.occurred_at)).toBeLessThan(now_ms)
  }
})

test('a restart goes on as if nothing had been, with injections too', () => {
  const live = startLive(world, world.end_ms)
  live.advance(world.end_ms + 5 * HOUR_MS)
  const specs = [
    { kind: 'site_outage', size: 0.7, hours: 9 },
    { kind: 'bid_change', scope: { platform: someAd(world).platform }, size: 0.5, hours: 30 },
    { kind: 'holiday', size: 0.8, hours: 20 },
  ]
  for (const spec of specs) expect(live.inject(spec).ok).toBe(true)
  const before = live.advance(world.end_ms + 7 * HOUR_MS)
  const [at_ms, injections] = [live.at_ms, live.injections]
  const after = live.advance(world.end_ms + 4 * DAY_MS)
  const resumed = startLive(world, at_ms, JSON.parse(JSON.stringify(injections)))
  expect(text(resumed.advance(world.end_ms + 4 * DAY_MS))).toEqual(text(after))
  // And from before the injections: they have not changed what had already happened.
  const earlier = startLive(world, world.end_ms + 5 * HOUR_MS, injections)
  expect(text([...earlier.advance(at_ms), ...earlier.advance(world.end_ms + 4 * DAY_MS)])).toEqual(
    text([...before, ...after]),
  )
})

test('the truth of live time is what its events come to, injections and all', () => {
  const one = worldOf({ ...world.spec, accounts: world.spec.accounts.map((a) => ({ ...a, daily: false })) })
  const from_ms = world.end_ms
  const to_ms = from_ms + 3 * DAY_MS
  const before = [...one.timeline(from_ms, Number.POSITIVE_INFINITY)].flat()
  const live = startLive(one, from_ms)
  for (const kind of ['tracking_break', 'fraud', 'stock_out', 'price_change', 'budget_exhausted', 'reporting_delay']) {
    expect(live.inject({ kind, size: 0.6, hours: 20 }).ok).toBe(true)
  }
  const events = [...before, ...live.advance(to_ms)]
  const days = Math.round((to_ms - world.start_ms) / DAY_MS)
  const options = { injections: live.injections, known_at_ms: to_ms, last_day: world.spec.first_day + days + 1 }
  const totals = one.truthBy([], options)[0]!
  const sums = [...reduceEvents(events).values()]
  const total = (field: keyof (typeof sums)[number]) => Number(sums.reduce((sum, line) => sum + line[field], 0n))
  expect(total('orders')).toBe(totals.orders)
  expect(total('conversions')).toBe(totals.conversions)
  expect(total('clicks')).toBe(totals.clicks)
  expect(total('spend_micros')).toBe(totals.spend_micros)
  expect(total('revenue_micros')).toBe(totals.gross_micros - totals.refunds_micros)
})

describe('injections', () => {
  test.each([
    [{ kind: 'earthquake', size: 0.5, hours: 1 }, 'kind'],
    [{ kind: 'fraud', size: 0, hours: 1 }, 'size'],
    [{ kind: 'site_outage', size: 1.5, hours: 1 }, 'size'],
    [{ kind: 'site_outage', size: Number.NaN, hours: 1 }, 'size'],
    [{ kind: 'site_outage', size: 0.5, hours: 0 }, 'hours'],
    [{ kind: 'site_outage', size: 0.5, hours: 1e6 }, 'hours'],
    [{ kind: 'site_outage', size: 0.5, hours: 1, scope: { platform: 'myspace' } }, 'scope/platform'],
    [{ kind: 'site_outage', size: 0.5, hours: 1, scope: { planet: 'mars' } }, 'scope/planet'],
    [{ kind: 'site_outage', size: 0.5, hours: 1, color: 'red' }, 'color'],
    ['site_outage', ''],
  ])('%j is refused', (raw, path) => {
    expect(inject(startLive(world, world.end_ms), raw)).toMatchObject({ ok: false, path })
  })
})

function someAd(of: World) {
  const account = of.spec.accounts[0]!
  return { platform: account.platform, ad: account.ads[0]! }
}
