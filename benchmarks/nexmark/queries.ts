import type { Store } from '../../pipelines/store/client.ts'
import type { StreamSpec } from '../../schemas/streams.ts'
import type { NexmarkEvent } from './input.ts'

/**
 * A query of Nexmark: the stream that keeps what it needs, the question whose rows are its answer, and the same answer
 * worked out beside, in the plainest way, from the events themselves. Rows are texts, in any order.
 */
export type NexmarkQuery = {
  readonly name: 'q1' | 'q5' | 'q8'
  readonly stream: (name: string, topic: string) => StreamSpec
  readonly answer: (store: Store) => Promise<string[]>
  readonly reference: (events: Iterable<NexmarkEvent>) => string[]
}

/** Currency conversion: every bid with its price in another currency, 0.908 of it, exact in thousandths. */
const q1: NexmarkQuery = {
  name: 'q1',
  stream: (name, topic) => ({
    ...base(name, topic),
    facts: [
      {
        table: 'nexmark_q1',
        where: { field: 'kind', is: 'bid' },
        columns: [
          { column: 'auction', field: 'auction', kind: 'integer' },
          { column: 'bidder', field: 'bidder', kind: 'integer' },
          { column: 'price_milli', field: 'price', kind: 'integer', times: 908 },
          { column: 'time', field: 'time', kind: 'time' },
        ],
      },
    ],
  }),
  answer: (store) => rows(store, `SELECT auction, bidder, price_milli, toUnixTimestamp64Milli(time) FROM nexmark_q1`),
  reference: (events) => {
    const out: string[] = []
    for (const event of events) {
      if (event.kind === 'bid') out.push(`${event.auction},${event.bidder},${event.price * 908},${event.time}`)
    }
    return out
  },
}

const HOP_MS = 2_000
const WINDOW_MS = 10_000

/**
 * Hot items: the auctions with the most bids in the last 10 s, every 2 s. A sliding window is the sum of the tumbling
 * ones it is made of, which the reader adds.
 */
const q5: NexmarkQuery = {
  name: 'q5',
  stream: (name, topic) => ({
    ...base(name, topic),
    windows: [
      {
        table: 'nexmark_q5',
        where: { field: 'kind', is: 'bid' },
        time: 'time',
        size_ms: HOP_MS,
        by: [{ column: 'auction', field: 'auction' }],
      },
    ],
  }),
  answer: (store) =>
    rows(
      store,
      `SELECT window_end, auction, bids FROM (
         SELECT auction, toUnixTimestamp64Milli(start) + ${HOP_MS} * arrayJoin(range(1, ${WINDOW_MS / HOP_MS + 1})) AS window_end,
                sum(events) AS bids, max(bids) OVER (PARTITION BY window_end) AS most
         FROM nexmark_q5 FINAL GROUP BY auction, window_end
       ) WHERE bids = most`,
    ),
  reference: (events) => {
    const windows = new Map<number, Map<number, number>>()
    for (const event of events) {
      if (event.kind !== 'bid') continue
      const first_end = (Math.floor(event.time / HOP_MS) + 1) * HOP_MS
      for (let end = first_end; end < first_end + WINDOW_MS; end += HOP_MS) {
        const bids = windows.get(end) ?? new Map<number, number>()
        windows.set(end, bids)
        bids.set(event.auction, (bids.get(event.auction) ?? 0) + 1)
      }
    }
    return [...windows].flatMap(([end, bids]) => {
      const most = Math.max(...bids.values())
      return [...bids].filter(([, count]) => count === most).map(([auction, count]) => `${end},${auction},${count}`)
    })
  },
}

/** Monitor new users: who came and opened an auction within the same window of 10 s. Two windows, joined when read. */
const q8: NexmarkQuery = {
  name: 'q8',
  stream: (name, topic) => ({
    ...base(name, topic),
    windows: [
      {
        table: 'nexmark_q8_persons',
        where: { field: 'kind', is: 'person' },
        time: 'time',
        size_ms: WINDOW_MS,
        by: [
          { column: 'id', field: 'id' },
          { column: 'name', field: 'name' },
        ],
      },
      {
        table: 'nexmark_q8_auctions',
        where: { field: 'kind', is: 'auction' },
        time: 'time',
        size_ms: WINDOW_MS,
        by: [{ column: 'seller', field: 'seller' }],
      },
    ],
  }),
  answer: (store) =>
    rows(
      store,
      `SELECT DISTINCT id, name, toUnixTimestamp64Milli(start) FROM nexmark_q8_persons
       WHERE (id, start) IN (SELECT seller, start FROM nexmark_q8_auctions)`,
    ),
  reference: (events) => {
    const [persons, sellers] = [new Map<string, string>(), new Set<string>()]
    for (const event of events) {
      const start = Math.floor(event.time / WINDOW_MS) * WINDOW_MS
      if (event.kind === 'person') persons.set(`${event.id},${start}`, `${event.id},${event.name},${start}`)
      if (event.kind === 'auction') sellers.add(`${event.seller},${start}`)
    }
    return [...persons].filter(([key]) => sellers.has(key)).map(([, row]) => row)
  },
}

export const QUERIES: readonly NexmarkQuery[] = [q1, q5, q8]

function base(name: string, topic: string): StreamSpec {
  return { name, topic, tenant: 'demo', version: 1, windows: [], facts: [] }
}

async function rows(store: Store, sql: string): Promise<string[]> {
  const found = await store.query<unknown[]>(sql, {}, { format: 'JSONCompactEachRow' })
  return found.map((row) => row.join())
}
