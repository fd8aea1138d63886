import { describe, expect, test } from 'vitest'
import type { TruthLine } from '../../../ingest/world/truth-lines.ts'
import { createWorld, smallWorld } from '../../../ingest/world/world.ts'
import { shuffleDelivery } from '../../support/shuffle-delivery.ts'
import { type ReferenceLine, reduceEvents } from './reference.ts'

const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1)

describe.each(SEEDS)('small world %i', (seed) => {
  const world = smallWorld(seed)
  const events = [...world.closed()].flat()
  const truth = linesOf(world.truth())

  test('its truth is what its events come to', () => {
    expect(differences(reduceEvents(events), truth)).toEqual([])
  })

  test.each([1, 2])('in any other order and number of copies (shuffle %i)', (n) => {
    expect(differences(reduceEvents(shuffleDelivery(events, `${seed} ${n}`)), truth)).toEqual([])
  })
})

// One slice per account: with both in flight on their own ways, which one is taken half-way is the reader's choice.
test.each(SEEDS)('what is known half-way in world %i is what had been delivered by then', (seed) => {
  const world = smallWorld(seed, { slices: 'one' })
  const known_at_ms = world.start_ms + 0.6 * (world.end_ms - world.start_ms)
  const arrived = [...world.timeline(known_at_ms, Number.POSITIVE_INFINITY)].flat()
  const all = world.truth({ known_at_ms, last_day: world.spec.first_day + world.spec.days + 7 })
  expect(arrived.length).toBeGreaterThan(100)
  expect(differences(reduceEvents(arrived), linesOf(all))).toEqual([])
})

test('the small worlds between them have everything that can go wrong', () => {
  const all = SEEDS.map((seed) => smallWorld(seed))
  const events = all.flatMap((world) => [...world.closed()].flat())
  const types = new Set(events.map(({ type }) => type))
  expect([...types].sort()).toEqual([
    'ad_delivery.observed',
    'ad_entity.observed',
    'change.recorded',
    'customer.observed',
    'fx_rate.observed',
    'holiday.observed',
    'order.observed',
    'order.refunded',
    'product.observed',
    'touch.recorded',
    'web.recorded',
  ])
  const of = (type: string) => events.filter((event) => event.type === type)
  const statuses = new Set(of('order.observed').map(({ data }) => data.status))
  expect(statuses).toEqual(new Set(['paid', 'pending', 'voided', 'cancelled', 'refunded', 'partially_refunded']))
  expect(of('order.observed').some(({ data }) => data.test === true)).toBe(true)
  expect(of('order.refunded').some(({ data }) => data.kind === 'capture')).toBe(true)
  expect(of('order.refunded').some(({ data }) => data.success === false)).toBe(true)
  expect(new Set(events.map(({ data }) => data.currency)).size).toBeGreaterThan(5)
  expect(new Set(events.map(({ data }) => data.time_zone)).size).toBeGreaterThan(5)
  for (const { spec } of all) expect([...[...smallWorld(spec.seed).closed()].flat()].length).toBeGreaterThan(300)
})

test('delivery is late, doubled and out of order', () => {
  const events = [...smallWorld(3).closed()].flat()
  const copies = events.length - new Set(events.map((e) => `${e.source} ${e.type} ${e.id} ${e.occurred_at}`)).size
  expect(copies / events.length).toBeGreaterThan(0.08)
  const later = events.filter((event, n) => n > 0 && event.occurred_at < events[n - 1]!.occurred_at)
  expect(later.length / events.length).toBeGreaterThan(0.1)
})

test('no two different contents of an identity share their time, and what happens once has one content', () => {
  for (const seed of SEEDS) {
    const contents = new Map<string, string>()
    for (const event of [...smallWorld(seed).closed()].flat()) {
      const observed = event.type.endsWith('.observed')
      const key = [event.source, event.type, event.id, observed ? event.occurred_at : ''].join('\0')
      const content = JSON.stringify(event)
      expect(contents.get(key) ?? content).toBe(content)
      contents.set(key, content)
    }
  }
})

test('a world from a seed, as the command writes it', () => {
  const world = createWorld(42, { days: 12 })
  const events = [...world.closed()].flat()
  expect(differences(reduceEvents(events), linesOf(world.truth()))).toEqual([])
})

function linesOf(lines: readonly TruthLine[]): Map<string, ReferenceLine> {
  return new Map(
    lines.map((line) => [
      [line.day, line.platform, line.campaign, line.creative, line.currency ?? 'USD']
        .map((part) => part ?? '')
        .join('|'),
      {
        impressions: BigInt(line.impressions),
        clicks: BigInt(line.clicks),
        conversions: BigInt(line.conversions),
        spend_micros: BigInt(line.spend_micros),
        orders: BigInt(line.orders),
        revenue_micros: BigInt(line.revenue_micros),
      },
    ]),
  )
}

/** Lines that differ, as text; an absent line is one of zeros. */
function differences(a: Map<string, ReferenceLine>, b: Map<string, ReferenceLine>): string[] {
  const show = (line: ReferenceLine | undefined) => (line === undefined ? '0,0,0,0,0,0' : Object.values(line).join())
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => show(a.get(key)) !== show(b.get(key)))
    .map((key) => `${key}: ${show(a.get(key))} against ${show(b.get(key))}`)
}
