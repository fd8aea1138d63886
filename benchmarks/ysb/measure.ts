import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRandomBytes } from '../../pipelines/clock.ts'
import { createStreamTables } from '../../pipelines/streams/tables.ts'
import type { StreamSpec } from '../../schemas/streams.ts'
import type { Bench } from '../benchmark.ts'
import type { EngineJob, LogPlace } from '../streams/job.ts'
import { type EngineRun, runEngine } from '../streams/run-engine.ts'
import { median, rounded } from '../support/statistics.ts'
import { type FreshStore, openFreshStore, sayingLogger } from '../support/stores.ts'
import { adsTable, type Truth } from './input.ts'
import { type Input, makeTopic, openLog } from './source.ts'
import { FACTS, WINDOWS, ysbStream } from './spec.ts'
import { compareWindows } from './truth.ts'

/** One form of the benchmark over events that are on a log: the median of some runs, each into a fresh store. */
export async function measureDrain(bench: Bench, input: Input, options: DrainOptions) {
  const runs: Drained[] = []
  // The first of several is for the page cache and the broker to warm up.
  const warm_ups = options.runs > 1 ? 1 : 0
  for (let run = 0; run < options.runs + warm_ups; run++) {
    const drained = await drainOnce(bench, input, options)
    const rate = Math.round(input.events / drained.seconds)
    bench.say(`${options.name}: ${rate} events/s, ${drained.windows_right} of ${drained.windows} windows right`)
    if (run >= warm_ups) runs.push(drained)
  }
  const seconds = median(runs.map((run) => run.seconds))
  const middle = runs.find((run) => run.seconds === seconds)!
  const us = (cpu_s: number | null) => rounded(cpu_s === null ? null : (cpu_s * 1e6) / input.events, 2)
  return {
    events: input.events,
    seconds: rounded(seconds, 3),
    events_per_s: Math.round(input.events / seconds),
    cpu_s_engine: rounded(middle.cpu_s, 2),
    cpu_s_store: rounded(middle.cpu_s_store, 2),
    rss_peak_mb_engine: peak(runs.map((run) => run.rss_peak_mb_engine)),
    rss_peak_mb_store: peak(runs.map((run) => run.rss_peak_mb_store)),
    windows: middle.windows,
    windows_right: Math.min(...runs.map((run) => run.windows_right)),
    ...(options.facts ? { fact_rows: middle.fact_rows } : {}),
    batches: middle.batches,
    cpu_us_per_event: { engine: us(middle.cpu_s), store: us(middle.cpu_s_store) },
    runs_events_per_s: runs.map((run) => Math.round(input.events / run.seconds)),
  }
}

export type DrainOptions = {
  /** For progress lines. */
  readonly name: string
  readonly runs: number
  readonly facts: boolean
  readonly threads: number
  /** A wrong window is an error: the input is ours. */
  readonly strict: boolean
  readonly node?: readonly string[]
}

type Drained = EngineRun & {
  readonly windows: number
  readonly windows_right: number
  readonly fact_rows: number
}

async function drainOnce(bench: Bench, input: Input, options: DrainOptions): Promise<Drained> {
  const stream = ysbStream({ ...input, name: groupName(), facts: options.facts })
  return withStore(bench, stream, async (store, job) => {
    const { ends, place, truth } = input
    const task = { kind: 'drain', ends } as const
    const run = await runEngine(bench, { ...job, log: place, threads: options.threads, task }, store.pid, options.node)
    const { wrong, ...windows } = await compareWindows(store.store, WINDOWS, truth)
    if (wrong.length > 0) {
      const text = `${wrong.length} windows are wrong: ${wrong.slice(0, 5).join('; ')}`
      if (options.strict) throw new Error(text)
      bench.say(text)
    }
    return { ...run, ...windows, fact_rows: options.facts ? await countFacts(store, input) : 0 }
  })
}

/** Every event of the log once, in facts or among the dead letters. */
async function countFacts(store: FreshStore, { events }: Input): Promise<number> {
  const [row] = await store.store.query<{ n: string; places: string; failed: string }>(
    `SELECT count() AS n, uniqExact(_partition, _offset) AS places,
            (SELECT count() FROM failed_events) AS failed FROM ${FACTS}`,
  )
  const { failed, n, places } = row!
  if (n !== places || Number(n) + Number(failed) !== events) {
    throw new Error(`${n} facts of ${places} places and ${failed} dead letters are not ${events} events`)
  }
  return Number(n)
}

/** How long events take to their windows at a steady rate, over a topic of their own. */
export async function measureLatency(
  bench: Bench,
  place: LogPlace,
  options: { readonly name: string; readonly events_per_s: number; readonly seconds: number; readonly facts: boolean },
) {
  const name = groupName()
  const topic = `omnify.${name}`
  const log = await openLog(place)
  await makeTopic(log, topic)
  await log.close()
  const { events_per_s, facts, seconds } = options
  bench.say(`${options.name}: ${events_per_s} events/s for ${seconds} s`)
  const stream = ysbStream({ name, topic, ads: adsTable(), facts })
  return withStore(bench, stream, async (store, job) => {
    const task = { kind: 'paced', events_per_s, seconds, warm_up_s: seconds / 5 } as const
    const run = await runEngine(bench, { ...job, log: place, threads: 1, task }, store.pid)
    const { windows, windows_right, wrong } = await compareWindows(store.store, WINDOWS, run.truth as Truth)
    if (windows_right !== windows) throw new Error(`${wrong.length} paced windows are wrong: ${wrong[0]}`)
    return {
      p50_ms: rounded(weighted(run.latencies, 0.5)),
      p99_ms: rounded(weighted(run.latencies, 0.99)),
      latency_events_per_s: Math.round(run.records / run.seconds),
    }
  })
}

async function withStore<T>(
  bench: Bench,
  stream: StreamSpec,
  work: (store: FreshStore, job: Pick<EngineJob, 'store' | 'stream' | 'vault'>) => Promise<T>,
): Promise<T> {
  const dir = join(bench.dir, 'store')
  const home = join(bench.dir, 'home')
  await mkdir(home, { recursive: true })
  try {
    await using store = await openFreshStore(dir, sayingLogger(bench.say))
    await createStreamTables(store.store, stream)
    const vault = { key_file: join(home, 'master.key'), keys: { kind: 'embedded', home } } as const
    return await work(store, { store: store.access, stream, vault })
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** Each run reads from the start, in a group that nobody else has. */
function groupName(): string {
  return `ysb_${systemRandomBytes(6).toString('hex')}`
}

/** Nearest rank over events, of which many share a latency. */
function weighted(latencies: EngineRun['latencies'], share: number): number | null {
  const sorted = latencies.toSorted((a, b) => a.ms - b.ms)
  const total = sorted.reduce((sum, { events }) => sum + events, 0)
  let seen = 0
  for (const { events, ms } of sorted) {
    seen += events
    if (seen >= total * share) return ms
  }
  return null
}

function peak(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
