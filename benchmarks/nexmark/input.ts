import type { Keyed } from '../streams/fill.ts'
import { mixed } from '../support/draw.ts'

/**
 * The stream of an auction site in Nexmark's proportions: of 50 events one is a new person, three are new auctions, and
 * 46 are bids, most of them on recent auctions and half of these on a few hot ones. One event a ms of event time; some
 * bids come late. Values come from a counter through a hash.
 * Source: https://datalab.cs.pdx.edu/niagara/NEXMark/ and the generator of Apache Beam
 */
export type NexmarkEvent =
  | {
      readonly kind: 'person'
      readonly id: number
      readonly name: string
      readonly city: string
      readonly time: number
    }
  | {
      readonly kind: 'auction'
      readonly id: number
      readonly item: string
      readonly seller: number
      readonly category: number
      readonly reserve: number
      readonly time: number
    }
  | {
      readonly kind: 'bid'
      readonly auction: number
      readonly bidder: number
      readonly price: number
      readonly channel: string
      readonly time: number
    }

export function nexmarkEvent(n: number): NexmarkEvent {
  const [drawn, other] = [mixed(n * 2), mixed(n * 2 + 1)]
  const round = Math.floor(n / 50)
  const time = START_MS + n
  if (n % 50 === 0) {
    return { kind: 'person', id: round, name: `${FIRST[drawn % 8]} ${LAST[other % 8]}`, city: CITIES[drawn % 5]!, time }
  }
  if (n % 50 <= 3) {
    const id = round * 3 + (n % 50) - 1
    // Half of the auctions are of people who came within the last rounds.
    const seller = Math.max(0, round - (drawn % 2 === 0 ? other % 40 : other % 2_000))
    return {
      kind: 'auction',
      id,
      item: `item ${other % 500}`,
      seller,
      category: 10 + (drawn % 5),
      reserve: drawn % 10_000,
      time,
    }
  }
  const newest = round * 3 + 2
  const hot = newest - (newest % 100)
  const auction = Math.max(0, drawn % 2 === 0 ? hot : newest - (other % 300))
  const late_ms = other % 100 === 0 ? drawn % 3_000 : 0
  const price = 100 + (drawn % 1_000_000)
  return {
    kind: 'bid',
    auction,
    bidder: other % (round + 1),
    price,
    channel: CHANNELS[drawn % 4]!,
    time: time - late_ms,
  }
}

/** An event's JSON, keyed by what it is about. */
export function keyed(event: NexmarkEvent): Keyed {
  const key = event.kind === 'bid' ? `auction ${event.auction}` : `${event.kind} ${event.id}`
  return { key, json: JSON.stringify(event) }
}

const START_MS = Date.UTC(2026, 0, 1)
const FIRST = ['Ada', 'Bo', 'Cy', 'Di', 'Eve', 'Flo', 'Gus', 'Hal']
const LAST = ['Abel', 'Bell', 'Cole', 'Dunn', 'Ek', 'Frey', 'Gray', 'Hill']
const CITIES = ['Boise', 'Bend', 'Kent', 'Palo Alto', 'Seattle']
const CHANNELS = ['Apple', 'Google', 'Facebook', 'Baidu']
