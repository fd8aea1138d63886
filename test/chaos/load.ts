import type { WorldEvent } from '../../ingest/world/model.ts'
import { Random } from '../../ingest/world/random.ts'
import { worldOf } from '../../ingest/world/world.ts'
import { randomSpec } from '../../ingest/world/worlds/random.ts'

/**
 * What is sent, in order: the history of a world that is delivered badly (late, twice, restated), with events that must
 * fail among them. The same seed and day give the same.
 *
 * @param end_day  days since 1970 before which the history ends: 5-minute windows are kept for 30 days only
 */
export function makeLoad(seed: number, count: number, end_day: number): WorldEvent[] {
  const random = new Random(`load ${seed}`)
  const sent: WorldEvent[] = []
  for (const event of historyOf(seed, count, end_day)) {
    sent.push(event)
    if (random.chance(BAD)) sent.push(rejected(event, sent.length))
    // The one it conflicts with was sent in an earlier request, and has been answered.
    const earlier = sent[sent.length - REQUEST_EVENTS - random.below(500)]
    if (earlier !== undefined && !isBad(earlier) && !earlier.type.endsWith('.observed') && random.chance(CONFLICTS))
      sent.push(conflicting(earlier))
  }
  return sent.slice(0, count)
}

/** Events of one request. */
export const REQUEST_EVENTS = 40
const DAYS = 14
const BAD = 0.01
const CONFLICTS = 0.05

/** Whether the collector must refuse it. */
export function isBad(event: WorldEvent): boolean {
  return event.id.startsWith(BAD_ID)
}
const BAD_ID = 'bad:'

/** At least so many events: the world grows until they are there. */
function historyOf(seed: number, count: number, end_day: number): WorldEvent[] {
  for (let size = 1; ; size *= 2) {
    const world = worldOf(
      randomSpec(seed, {
        days: DAYS,
        first_day: end_day - DAYS,
        courier: 'heavy',
        slices: 'any',
        groups: size,
        subscribers: 20 * size,
        guests: 5 * size,
        ads: 4,
      }),
    )
    const events: WorldEvent[] = []
    for (const batch of world.history()) {
      events.push(...batch)
      if (events.length >= count) return events
    }
  }
}

/** Money that is none. */
function rejected(event: WorldEvent, n: number): WorldEvent {
  const { source, occurred_at } = event
  return {
    id: `${BAD_ID}${n}`,
    source,
    type: 'order.observed',
    version: 1,
    occurred_at,
    data: { ordered_at: occurred_at, currency: 'USD', total: '1e999', status: 'paid' },
  }
}

/** The same id with other content, of a type that cannot be observed twice. */
function conflicting(event: WorldEvent): WorldEvent {
  return { ...event, occurred_at: new Date(Date.parse(event.occurred_at) + 1_000).toISOString() }
}
