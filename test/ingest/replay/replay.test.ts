import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Acceptor } from '../../../ingest/accept.ts'
import { makeAcceptor } from '../../../ingest/accepting.ts'
import { makeDuplicates } from '../../../ingest/duplicates.ts'
import { makeRejecter, type Rejecter } from '../../../ingest/rejecting.ts'
import { type ReplayRequest, replayFailed } from '../../../ingest/replay/replay.ts'
import { systemClock } from '../../../pipelines/clock.ts'
import { Bloom } from '../../../pipelines/identities/bloom.ts'
import type { Runner } from '../../../pipelines/runner/runner.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { useEngine } from '../../support/engine.ts'

const engine = useEngine()
let runner: Runner
let acceptor: Acceptor
let rejecter: Rejecter

beforeAll(async () => {
  runner = await engine.start()
  const { log, store, vault } = engine
  const topic = TOPICS.events.name
  const partitions = await log.partitions(topic)
  const bloom = new Bloom(1 << 16)
  const duplicates = makeDuplicates({
    store,
    bloom,
    topic,
    partitions,
    clock: systemClock,
    onStoreError: console.error,
  })
  acceptor = makeAcceptor({ log, vault, duplicates, clock: systemClock, topic, partitions })
  rejecter = makeRejecter({ log, vault, topic, partitions })
})
afterAll(() => runner?.stop())

const replay = (request: Partial<ReplayRequest> = {}) =>
  replayFailed(
    { log: engine.log, store: engine.store, vault: engine.vault, tenants: engine.tenants, acceptor },
    { tenant: 'demo', ...request },
  )

async function open(): Promise<number> {
  const [row] = await engine.store.query<{ open: string }>(
    `SELECT count() AS open FROM failed_events
     WHERE (_topic, _partition, _offset, _row) NOT IN (SELECT _topic, _partition, _offset, _row FROM replays)`,
  )
  return Number(row!.open)
}

const ordersOf = async (id: string) =>
  engine.store.query<{ total: string }>(
    'SELECT toString(total_micros) AS total FROM fact_orders WHERE id = {id:String}',
    {
      id,
    },
  )

const order = (id: string, total: unknown) => ({
  id,
  source: 'shop',
  type: 'order.observed',
  occurred_at: '2026-01-01T10:00:00Z',
  data: {
    ordered_at: '2026-01-01T10:00:00Z',
    currency: 'USD',
    total,
    status: 'paid',
    personal: { email: 'a@b.example' },
  },
})

const touch = (visitor: string) => ({
  id: 't1',
  source: 'site',
  type: 'touch.recorded',
  occurred_at: '2026-01-01T10:00:00Z',
  data: { visitor },
})

it('an id conflict goes through under another id, once', async () => {
  await engine.feed([touch('v1'), touch('v2')])
  await engine.caughtUp()
  expect(await open()).toBe(1)
  expect(await replay({ code: 'invalid_field' })).toEqual({ read: 0, replayed: 0, failed: [] })
  expect(await replay({ code: 'id_conflict', set: [{ path: 'id', value: 't2' }] })).toEqual({
    read: 1,
    replayed: 1,
    failed: [],
  })
  await engine.caughtUp()
  const rows = await engine.store.query('SELECT id, visitor FROM fact_touches ORDER BY id')
  expect(rows).toEqual([
    { id: 't1', visitor: 'v1' },
    { id: 't2', visitor: 'v2' },
  ])
  expect(await open()).toBe(0)
  expect(await replay()).toEqual({ read: 0, replayed: 0, failed: [] })
})

it('a rejected record stays open until a value mends it', async () => {
  const rejection = { code: 'money_out_of_range', path: 'data/total', reason: 'too large' } as const
  await rejecter.reject('demo', 'shop', JSON.stringify(order('o1', 1e20)), rejection)
  await rejecter.reject('demo', 'shop', '{"id":', { ...rejection, code: 'invalid_json' })
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  await rejecter.reject('demo', 'shop', deep, { ...rejection, code: 'malformed_line' })
  await engine.caughtUp()
  expect(await open()).toBe(3)

  const first = await replay()
  expect(first).toMatchObject({ read: 3, replayed: 0 })
  expect(first.failed.map(({ code }) => code).sort()).toEqual(['invalid_event', 'invalid_json', 'money_out_of_range'])
  expect(first.failed[0]!.at).toMatch(/^omnify\.events\/\d\/\d+$/)
  expect(await open()).toBe(3)

  // What fits none of the letters stops at none of them.
  const unfit = await replay({ set: [{ path: 'data/total/amount', value: '1' }] })
  expect(unfit).toMatchObject({ read: 3, replayed: 0 })
  expect(unfit.failed.map(({ reason }) => reason)).toContain('the event has nothing at data/total/amount')

  expect(await replay({ code: 'money_out_of_range', set: [{ path: 'data/total', value: '12.50' }] })).toMatchObject({
    read: 1,
    replayed: 1,
  })
  await engine.caughtUp()
  expect(await ordersOf('o1')).toEqual([{ total: '12500000' }])
  expect(await open()).toBe(2)
})

it('pages through more than one answer of the store', async () => {
  const rejection = { code: 'invalid_field', path: 'data/total', reason: 'r' } as const
  const raws = Array.from({ length: 1_200 }, (_, n) => JSON.stringify(order(`m${n}`, 'x')))
  await Promise.all(raws.map((raw) => rejecter.reject('demo', 'shop', raw, rejection)))
  await engine.caughtUp()
  const result = await replay({ code: 'invalid_field', set: [{ path: 'data/total', value: '1' }] })
  expect(result).toEqual({ read: 1_200, replayed: 1_200, failed: [] })
  await engine.caughtUp()
  const [{ orders }] = (await engine.store.query<{ orders: string }>(
    "SELECT count() AS orders FROM fact_orders WHERE startsWith(id, 'm')",
  )) as [{ orders: string }]
  expect(Number(orders)).toBe(1_200)
})

it('a tenant that does not exist is named', async () => {
  await expect(replay({ tenant: 'nobody' })).rejects.toThrow('there is no tenant nobody')
})
