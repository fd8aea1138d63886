import { expect, test } from 'vitest'
import { type NexmarkEvent, nexmarkEvent } from '../../../benchmarks/nexmark/input.ts'
import { QUERIES } from '../../../benchmarks/nexmark/queries.ts'

const reference = (name: string, events: readonly NexmarkEvent[]) =>
  QUERIES.find((query) => query.name === name)!
    .reference(events)
    .sort()

const bid = (auction: number, time: number, price = 1_000): NexmarkEvent => ({
  kind: 'bid',
  auction,
  bidder: 1,
  price,
  channel: 'Apple',
  time,
})

test('the input has the proportions of Nexmark, and bids that are late', () => {
  const events = Array.from({ length: 50_000 }, (_, n) => nexmarkEvent(n))
  const count = (kind: string) => events.filter((event) => event.kind === kind).length
  expect([count('person'), count('auction'), count('bid')]).toEqual([1_000, 3_000, 46_000])
  expect(events.filter((event, n) => event.time < events[0]!.time + n).length).toBeGreaterThan(300)
})

test('references answer by hand-made examples', () => {
  expect(reference('q1', [bid(7, 5, 1_000)])).toEqual(['7,1,908000,5'])
  // Auction 1 has most until its bids have left the window of 10 s; then 2 has, and both where they are even.
  const q5 = reference('q5', [bid(1, 1_000), bid(1, 1_500), bid(2, 9_000), bid(2, 11_000)])
  expect(q5).toContain('2000,1,2')
  expect(q5).toContain('10000,1,2')
  expect(q5).toContain('12000,2,2')
  expect(q5).toContain('20000,2,1')
  const person = (id: number, time: number): NexmarkEvent => ({
    kind: 'person',
    id,
    name: `p${id}`,
    city: 'Bend',
    time,
  })
  const auction = (seller: number, time: number): NexmarkEvent => {
    return { kind: 'auction', id: 0, item: '', seller, category: 1, reserve: 1, time }
  }
  expect(reference('q8', [person(1, 9_000), auction(1, 1_000), person(2, 9_000), auction(2, 10_000)])).toEqual([
    '1,p1,0',
  ])
})
