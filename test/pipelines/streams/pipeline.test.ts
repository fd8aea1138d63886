import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { steadyClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Log } from '../../../pipelines/log/port.ts'
import { RUNNER_DEFAULTS } from '../../../pipelines/runner/options.ts'
import { type Runner, startRunner } from '../../../pipelines/runner/runner.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { streamPipeline } from '../../../pipelines/streams/pipeline.ts'
import { createStreamTables } from '../../../pipelines/streams/tables.ts'
import { openVault } from '../../../pipelines/vault/open.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'
import type { StreamSpec } from '../../../schemas/streams.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import { mortal } from '../../support/mortal.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const state: { home?: string; vault?: Vault } = {}
beforeAll(async () => {
  await migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations'))
  state.home = await mkdtemp(join(tmpdir(), 'omnify-streams-'))
  state.vault = await openVault({
    key_file: join(state.home, 'master.key'),
    keys: { kind: 'embedded', home: state.home },
  })
})
afterAll(async () => {
  await state.vault?.close()
  await rm(state.home!, { recursive: true, force: true })
})

const ADS = new Map([1, 2, 3, 4, 5].map((ad) => [`ad${ad}`, `campaign${ad % 2}`]))

/** Views by campaign in windows of a second; clicks by campaign and kind of ad; every event as a row. */
function spec(name: string): StreamSpec {
  const campaign = { column: 'campaign', field: 'ad', join: ADS }
  return {
    name,
    topic: name,
    tenant: 'demo',
    version: 1,
    windows: [
      { table: `${name}_views`, where: { field: 'type', is: 'view' }, time: 'time', size_ms: 1_000, by: [campaign] },
      {
        table: `${name}_clicks`,
        where: { field: 'type', is: 'click' },
        time: 'time',
        size_ms: 1_000,
        by: [campaign, { column: 'kind', field: 'kind' }],
      },
    ],
    facts: [
      {
        table: `${name}_facts`,
        columns: [
          { column: 'type', field: 'type', kind: 'word' },
          { column: 'ad', field: 'ad', kind: 'text' },
          { column: 'at', field: 'time', kind: 'time' },
          { column: 'price_milli', field: 'price', kind: 'integer', times: 908 },
        ],
      },
    ],
  }
}

type Event = { type: string; ad: string; kind: string; time: number | string; price: number }

/** The n-th event: mostly in order, some late by up to an hour, some of ads that nobody knows. */
function event(n: number): Event {
  const time = 1_767_225_600_000 + n * 37 - (n % 11 === 0 ? (n * 7_919) % 3_600_000 : 0)
  return {
    type: ['view', 'click', 'other'][n % 3]!,
    ad: `ad${n % 7}`,
    kind: `k${n % 4}`,
    time: n % 2 === 0 ? time : String(time),
    price: n,
  }
}

/**
 * The effects of a batch of one partition: intent, facts, both sets of windows side by side, commit. Without facts there
 * is nothing but the windows' own rows to know by what is in them.
 */
const DEATHS = [
  { what: 'windows only', facts: false, effects: [1, 2, 3, 4] },
  { what: 'windows and facts', facts: true, effects: [2, 5] },
]

it.each(DEATHS)('counts $what exactly once, wherever it dies', { timeout: 120_000 }, async ({ effects, facts }) => {
  const whole = spec(facts ? 'deaths_facts' : 'deaths')
  const stream = facts ? whole : { ...whole, facts: [] }
  const log = await newLog(stream)
  const events: Event[] = []
  for (const [effect, when] of effects.flatMap((n) => [[n, 'before'] as const, [n, 'after'] as const])) {
    const more = Array.from({ length: 60 }, (_, n) => event(events.length + n))
    events.push(...more)
    await put(log, stream, more)
    const life = mortal(log, test.store, effect, when)
    const first = await start(stream, life.log, life.store)
    await expect(first.ended, `${when} ${effect}`).rejects.toThrow('died')
    await first.stop()
    const second = await start(stream, log, test.store)
    await caughtUp(log, stream)
    await second.stop()
    const right = expected(events)
    expect(await stored(stream), `${when} ${effect}`).toEqual(facts ? right : { ...right, facts: [] })
  }
  await log.close()
})

it('reopens windows of any age, also those it has dropped from memory', async () => {
  const stream = spec('ages')
  const log = await newLog(stream)
  // No room for clean cells: every page is dropped after its batch and read back when it is needed.
  const runner = await start(stream, log, test.store, 0)
  const events: Event[] = []
  for (let round = 0; round < 4; round++) {
    const more = Array.from({ length: 40 }, (_, n) => ({ ...event(n), time: 1_767_225_600_000 + n * 40_000 }))
    events.push(...more)
    await put(log, stream, more)
    await caughtUp(log, stream)
  }
  await runner.stop()
  expect(await stored(stream)).toEqual(expected(events))
  await log.close()
})

it('makes dead letters of what it cannot use, and counts nothing of them', async () => {
  const stream = spec('letters')
  const log = await newLog(stream)
  const good = event(1)
  const bad: readonly (readonly [Buffer | null, string, string])[] = [
    [null, 'invalid_json', ''],
    [Buffer.from('{"type":'), 'invalid_json', ''],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_json', ''],
    [Buffer.from('[]'), 'invalid_event', ''],
    [json({ ...good, time: 'soon' }), 'invalid_field', 'time'],
    [json({ ...good, time: 1e14 }), 'invalid_field', 'time'],
    [json({ ...good, price: 1.5 }), 'missing_field', 'price'],
    [json({ ...good, price: '1.5' }), 'invalid_field', 'price'],
    [json({ ...good, kind: undefined }), 'missing_field', 'kind'],
  ]
  await log.append(
    stream.topic,
    1,
    bad.map(([value]) => ({ key: null, value })),
  )
  await put(log, stream, [good])
  const runner = await start(stream, log, test.store)
  await caughtUp(log, stream)
  await runner.stop()
  expect(await stored(stream)).toEqual(expected([good]))
  const rows = await test.store.query(
    `SELECT code, path, _partition FROM failed_events WHERE pipeline = 'letters' ORDER BY _offset`,
  )
  expect(rows).toEqual(bad.map(([, code, path]) => ({ code, path, _partition: 1 })))
  const letters = await log.read(TOPICS.dead_letters.name, 0, 0, { records_max: 99, bytes_max: 1e6, wait_ms: 0 })
  expect(letters.map(({ value }) => JSON.parse(String(value)).code)).toEqual(bad.map(([, code]) => code))
  await log.close()
})

it('sets the record apart that the store refuses', async () => {
  const stream = spec('refused')
  const log = await newLog(stream)
  await test.store.command(`ALTER TABLE refused_facts ADD CONSTRAINT no_13 CHECK price_milli != ${13 * 908}`)
  const events = Array.from({ length: 30 }, (_, n) => event(n))
  await put(log, stream, events)
  const runner = await start(stream, log, test.store)
  await caughtUp(log, stream)
  await runner.stop()
  expect(await stored(stream)).toEqual(expected(events.filter(({ price }) => price !== 13)))
  const rows = await test.store.query(`SELECT code FROM failed_events WHERE pipeline = 'refused'`)
  expect(rows).toEqual([{ code: 'store_rejected' }])
  await log.close()
})

async function newLog(stream: StreamSpec): Promise<Log> {
  await createStreamTables(test.store, stream)
  const log = openMemoryLog()
  const { retention_bytes, retention_ms } = TOPICS.events
  await log.ensureTopics([{ name: stream.topic, partitions: 2, retention_ms, retention_bytes }, TOPICS.dead_letters])
  return log
}

function json(of: object): Buffer {
  return Buffer.from(JSON.stringify(of))
}

async function put(log: Log, stream: StreamSpec, events: readonly Event[]): Promise<void> {
  await log.append(
    stream.topic,
    0,
    events.map((each) => ({ key: null, value: json(each) })),
  )
}

function start(stream: StreamSpec, log: Log, store: Store, cells_max = 1_000): Promise<Runner> {
  return startRunner(
    streamPipeline(stream, { store, vault: state.vault!, cells_max }),
    {
      log,
      store,
      clock: steadyClock,
      sleep: (ms) => sleep(ms),
      newId: () => systemRandomBytes(8).toString('hex'),
      logger: { info() {}, warn() {}, error: console.error },
    },
    { ...RUNNER_DEFAULTS, linger_ms: 20, idle_ms: 50, backoff_max_ms: 50 },
  )
}

async function caughtUp(log: Log, { name, topic }: StreamSpec): Promise<void> {
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; await sleep(20)) {
    const ends = await log.bounds(topic)
    const places = await log.groupOffsets(`omnify.${name}`, topic)
    if (ends.every(({ end }, p) => end === 0 || places[p]!.offset >= end)) return
  }
  throw new Error('the stream did not catch up')
}

async function stored({ facts, name }: StreamSpec) {
  const sums = (table: string, key: string) =>
    test.store.query(
      `SELECT toUnixTimestamp64Milli(start) AS at, ${key}, toUInt32(sum(events)) AS n FROM ${table} FINAL
       GROUP BY ALL ORDER BY ALL`,
    )
  return {
    views: await sums(`${name}_views`, 'campaign'),
    clicks: await sums(`${name}_clicks`, 'campaign, kind'),
    facts:
      facts.length === 0
        ? []
        : await test.store.query(
            `SELECT type, ad, toUnixTimestamp64Milli(at) AS at, price_milli FROM ${name}_facts
             ORDER BY _partition, _offset`,
          ),
  }
}

function expected(events: readonly Event[]) {
  const sums = (type: string, key: (event: Event) => Record<string, string>) => {
    const counts = new Map<string, { at: string; n: number }>()
    for (const each of events) {
      if (each.type !== type || !ADS.has(each.ad)) continue
      const at = String(Math.floor(Number(each.time) / 1_000) * 1_000)
      const of = { at, ...key(each) }
      const name = JSON.stringify(Object.values(of))
      const count = counts.get(name) ?? { ...of, n: 0 }
      count.n++
      counts.set(name, count)
    }
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
  }
  const campaign = (ad: string) => ADS.get(ad)!
  return {
    views: sums('view', ({ ad }) => ({ campaign: campaign(ad) })),
    clicks: sums('click', ({ ad, kind }) => ({ campaign: campaign(ad), kind })),
    facts: events.map(({ ad, price, time, type }) => ({
      type,
      ad,
      at: String(time),
      price_milli: String(price * 908),
    })),
  }
}
