import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mean } from 'simple-statistics'
import { TOPICS } from '../schemas/topics.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { type RunningEngine, startEngine } from './support/engine-process.ts'
import { getJson, openClient } from './support/http.ts'
import { lagOf } from './support/lag.ts'
import { startLoad } from './support/load.ts'
import { rounded } from './support/statistics.ts'
import { type Point, trendOf } from './support/trend.ts'
import { storePidOf, usageOf } from './support/usage.ts'

/** Whether anything grows that should not while events keep coming. */
export const soak: Benchmark = {
  name: 'soak',
  about:
    'an hour at 5,000 events/s over HTTP: by how many per cent of its level an hour each thing grows, by least squares ' +
    'over means of a minute, without the first 10 minutes',
  sizes: { minutes: 60, rate: 5_000 },
  smoke: { minutes: 0.05, rate: 500 },
  goals: [
    { figure: 'rss_engine_slope', at_most: 2 },
    { figure: 'rss_store_slope', at_most: 2 },
    { figure: 'handles_slope', at_most: 2 },
    { figure: 'lag_slope', at_most: 2 },
    { figure: 'store_bytes_a_fact_slope', at_most: 2 },
    { figure: 'log_bytes_share', at_most: 1 },
    { figure: 'events_refused', at_most: 0 },
  ],
  shows: ['events_per_s', 'rss_engine_mb', 'rss_store_mb', 'lag_events', 'store_bytes_a_fact'],
  breaks_down: 'slopes',
  async run(bench) {
    const home = join(bench.dir, 'home')
    const engine = await startEngine(bench, home)
    const load = startLoad(bench, { ...engine, events_per_s: bench.size('rate'), events_a_request: 50, stream: 'soak' })
    const all = await watch(bench, engine, home, bench.size('minutes') * 60_000)
    const sent = await load.stop()
    await engine.stop()

    // A sixth of the time, 10 minutes of an hour: caches and heaps grow to their size first.
    const from_ms = (bench.size('minutes') * 60_000) / 6
    const trend = (pick: (one: Sample) => number) =>
      trendOf(
        all
          .filter(({ at_ms }) => at_ms >= from_ms)
          .map((one): Point => ({ at_h: one.at_ms / HOUR_MS, value: pick(one) })),
        BLOCKS,
      )
    const trends = {
      rss_engine: trend(({ rss_engine_mb }) => rss_engine_mb),
      rss_store: trend(({ rss_store_mb }) => rss_store_mb),
      handles: trend(({ handles }) => handles),
      lag: trend(({ lag_events }) => lag_events),
      store_bytes_a_fact: trend(({ facts, store_bytes }) => store_bytes / Math.max(1, facts)),
    }
    // Whether what grows goes on growing: means of each sixth.
    const sixths = (pick: (one: Sample) => number) =>
      [0, 1, 2, 3, 4, 5].map((n) =>
        Math.round(mean(all.slice(Math.floor((n * all.length) / 6), Math.floor(((n + 1) * all.length) / 6)).map(pick))),
      )
    const last = all.at(-1)!
    return {
      minutes: bench.size('minutes'),
      samples: all.length,
      // How far from level, up or down; `slopes` has the signs.
      ...Object.fromEntries(
        Object.entries(trends).map(([name, { slope }]) => [`${name}_slope`, rounded(Math.abs(slope), 2)]),
      ),
      // This one may fall: the first parts cost most.
      store_bytes_a_fact_slope: rounded(trends.store_bytes_a_fact.slope, 2),
      slopes: Object.fromEntries(Object.entries(trends).map(([name, { slope }]) => [name, rounded(slope, 2)])),
      slopes_standard_error: Object.fromEntries(
        Object.entries(trends).map(([name, { standard_error }]) => [name, rounded(standard_error, 2)]),
      ),
      rss_engine_mb_by_sixth: sixths(({ rss_engine_mb }) => rss_engine_mb),
      rss_store_mb_by_sixth: sixths(({ rss_store_mb }) => rss_store_mb),
      rss_engine_mb: rounded(trends.rss_engine.level),
      rss_store_mb: rounded(trends.rss_store.level),
      handles: rounded(trends.handles.level),
      lag_events: rounded(trends.lag.level),
      store_bytes_a_fact: rounded(trends.store_bytes_a_fact.level),
      log_bytes: last.log_bytes,
      // Of what retention keeps, and a segment more in each partition.
      log_bytes_share: rounded(last.log_bytes / LOG_BYTES_MAX, 3),
      facts: last.facts,
      events_per_s: sent.events_per_s,
      events_refused: sent.events_refused,
      refused_why: sent.refused,
      accept_p99_ms: sent.accept.p99_ms,
    }
  },
}

type Sample = {
  readonly at_ms: number
  readonly rss_engine_mb: number
  readonly rss_store_mb: number
  /** Open files, sockets and pipes of both processes. */
  readonly handles: number
  readonly lag_events: number
  readonly facts: number
  readonly store_bytes: number
  readonly log_bytes: number
}

async function watch(bench: Bench, engine: RunningEngine, home: string, total_ms: number): Promise<Sample[]> {
  const client = openClient(engine.url, engine.key)
  const samples: Sample[] = []
  const begun = performance.now()
  const every_ms = Math.min(SAMPLE_MS, total_ms / 20)
  // Disk and facts change slowly and take a statement: looked at less often.
  let slow = await slowOf(client, home)
  try {
    for (let n = 1; n * every_ms <= total_ms; n++) {
      await sleep(Math.max(0, begun + n * every_ms - performance.now()), undefined, { signal: bench.signal })
      if (n % SLOW_EVERY === 0) slow = await slowOf(client, home)
      const store = await storePidOf(engine.pid)
      const [own, other] = [await usageOf(engine.pid), store === null ? null : await usageOf(store)]
      // A store that is away is being started again; a slope through such a gap would say nothing.
      if (own === null || other === null || store === null) throw new Error('the engine or its store died')
      samples.push({
        ...slow,
        at_ms: performance.now() - begun,
        rss_engine_mb: own.rss_mb,
        rss_store_mb: other.rss_mb,
        handles: (await handlesOf(engine.pid)) + (await handlesOf(store)),
        lag_events: await lagOf(client),
      })
      if (n % Math.ceil(total_ms / every_ms / 10) === 0) bench.say(`${samples.length} samples`)
    }
    return samples
  } finally {
    client.close()
  }
}

async function slowOf(client: ReturnType<typeof openClient>, home: string) {
  const { pipelines } = await getJson<{ pipelines: { rows: Record<string, number> }[] }>(client, '/v1/status')
  return {
    facts: Object.values(pipelines[0]!.rows).reduce((sum, rows) => sum + rows, 0),
    store_bytes: await bytesIn(join(home, 'store')),
    log_bytes: await bytesIn(join(home, 'log', 'topics')),
  }
}

async function handlesOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

/** Bytes on the disk below a folder; a file that is hard-linked counts once, what goes meanwhile not at all. */
async function bytesIn(folder: string, seen = new Set<number>()): Promise<number> {
  let bytes = 0
  for (const entry of await unlessGone(readdir(folder, { withFileTypes: true }), [])) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += await bytesIn(path, seen)
    if (!entry.isFile()) continue
    const found = await unlessGone(lstat(path), undefined)
    if (found !== undefined && !seen.has(found.ino)) bytes += found.blocks * 512
    if (found !== undefined) seen.add(found.ino)
  }
  return bytes
}

/** The store removes what it has merged while this looks. */
function unlessGone<T>(looking: Promise<T>, gone: T): Promise<T> {
  return looking.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return gone
    throw error
  })
}

const HOUR_MS = 3_600_000
// The lag swings between two commits, and a second is about as long as one of these swings.
const SAMPLE_MS = 250
const SLOW_EVERY = 80
/** Means of so many blocks make the line: what wavers within one (a heap between two collections) is no trend. */
const BLOCKS = 50
const SEGMENT_BYTES = 64_000_000
const LOG_BYTES_MAX = Object.values(TOPICS).reduce(
  (sum, { partitions, retention_bytes }) => sum + retention_bytes + partitions * SEGMENT_BYTES,
  0,
)
