import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Acceptor } from '../ingest/accept.ts'
import { readEvents } from '../ingest/collector/read-events.ts'
import { makeDuplicates } from '../ingest/duplicates.ts'
import { systemClock } from '../pipelines/clock.ts'
import { Bloom } from '../pipelines/identities/bloom.ts'
import { openEmbeddedLog } from '../pipelines/log/embedded/open.ts'
import type { Tenant } from '../pipelines/tenants/port.ts'
import { TOPICS } from '../schemas/topics.ts'
import type { Benchmark } from './benchmark.ts'
import { openDoor, openKeys } from './support/door.ts'
import { liveEvent } from './support/live-event.ts'
import { median, rounded } from './support/statistics.ts'
import { openFreshStore, sayingLogger } from './support/stores.ts'

/** The path of `POST /v1/events` behind HTTP: bytes → events → checked for duplicates, encoded, durable. */
export const collector: Benchmark = {
  name: 'collector',
  about: 'µs per event of the acceptor, batches of 500 events of 300 bytes, embedded log, 4 requests at a time',
  sizes: { events: 300_000, runs: 3 },
  smoke: { events: 2_000, runs: 1 },
  goals: [],
  shows: ['us_per_event', 'cpu_us_per_event', 'read_us_per_event', 'events_per_s'],
  async run(bench) {
    await mkdir(join(bench.dir, 'home'))
    await using opened = new AsyncDisposableStack()
    const keys = opened.use(await openKeys(join(bench.dir, 'home')))
    const { store } = opened.use(await openFreshStore(join(bench.dir, 'store'), sayingLogger(bench.say)))
    const log = await openEmbeddedLog({ dir: join(bench.dir, 'log'), writes: 'all', clock: systemClock })
    opened.defer(() => log.close())
    await log.ensureTopics(Object.values(TOPICS))
    const [topic, bloom] = [TOPICS.events.name, new Bloom()]
    const partitions = await log.partitions(topic)
    const duplicates = makeDuplicates({ store, bloom, topic, partitions, clock: systemClock, onStoreError: fail })
    opened.defer(() => duplicates.close())
    const door = await openDoor(log, keys, duplicates)
    // The filter of known identities is filled from the empty store meanwhile.
    await sleep(500)

    const events = bench.size('events')
    const runs: Awaited<ReturnType<typeof accept>>[] = []
    // The first one warms up.
    for (let run = 0; run <= bench.size('runs'); run++) {
      bench.signal.throwIfAborted()
      const bodies = bodiesOf(`run-${run}`, run === 0 ? Math.min(events, 20_000) : events)
      const one = await accept(door, keys.tenant, bodies)
      if (run > 0) runs.push(one)
    }
    const [first] = bodiesOf('size', BATCH)
    const of = (name: keyof (typeof runs)[number]) => rounded(median(runs.map((one) => one[name])), 2)
    return {
      events,
      bytes_per_event: Math.round(first!.length / BATCH),
      us_per_event: of('us'),
      cpu_us_per_event: of('cpu_us'),
      read_us_per_event: of('read_us'),
      events_per_s: Math.round(1e6 / of('us')),
    }
  },
}

const BATCH = 500
const AT_A_TIME = 4

function bodiesOf(stream: string, events: number): Buffer[] {
  const now_ms = systemClock()
  return Array.from({ length: events / BATCH }, (_, n) => {
    const texts = Array.from({ length: BATCH }, (_, i) => liveEvent(stream, n * BATCH + i, now_ms))
    return Buffer.from(`[${texts.join(',')}]`)
  })
}

/** µs per event: by the clock, of this process's CPU (all its threads), and of that what cutting the body into events takes. */
async function accept(door: Acceptor, tenant: Tenant, bodies: readonly Buffer[]) {
  const count = bodies.length * BATCH
  const queue = bodies.values()
  let read_ms = 0
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const client = async () => {
    for (const body of queue) {
      const before = performance.now()
      const { events } = readEvents(body, 'json')
      read_ms += performance.now() - before
      const verdicts = await door.accept(tenant, events)
      const other = verdicts.find((verdict) => verdict !== 'accepted')
      if (other !== undefined) throw new Error(`an event was not accepted: ${JSON.stringify(other)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, client))
  const took_ms = performance.now() - begun
  const used = process.cpuUsage(cpu)
  return {
    us: (took_ms * 1000) / count,
    cpu_us: (used.user + used.system) / count,
    read_us: (read_ms * 1000) / count,
  }
}

function fail(error: Error): never {
  throw error
}
