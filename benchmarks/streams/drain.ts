import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRandomBytes } from '../../pipelines/clock.ts'
import { createStreamTables } from '../../pipelines/streams/tables.ts'
import type { StreamSpec } from '../../schemas/streams.ts'
import type { Bench, Figures } from '../benchmark.ts'
import { median, rounded } from '../support/statistics.ts'
import { type FreshStore, openFreshStore, sayingLogger } from '../support/stores.ts'
import type { EngineJob } from './job.ts'
import type { Filled } from './place.ts'
import { type EngineRun, runEngine } from './run-engine.ts'

export type DrainOptions<T> = {
  /** For progress lines. */
  readonly name: string
  readonly runs: number
  /** The stream under a name of its own, which is also that of its group: each run reads from the start. */
  readonly stream: (name: string) => StreamSpec
  /** What the store has in the end, of so many records. @throws Error where it is wrong */
  readonly check: (store: FreshStore, records: number) => Promise<T>
  /** Options of Node for the engine's process. */
  readonly node?: readonly string[]
}

/** A stream over all that is on a topic, each run into a fresh store: the figures of the median. */
export async function measureDrain<T extends Figures>(bench: Bench, filled: Filled, options: DrainOptions<T>) {
  const { events } = filled
  const runs: (EngineRun & { readonly checked: T })[] = []
  // The first of several is for the page cache and the broker to warm up.
  const warm_ups = options.runs > 1 ? 1 : 0
  for (let run = 0; run < options.runs + warm_ups; run++) {
    const drained = await drainOnce(bench, filled, options)
    bench.say(`${options.name}: ${Math.round(events / drained.seconds)} events/s`)
    if (run >= warm_ups) runs.push(drained)
  }
  const seconds = median(runs.map((run) => run.seconds))
  const middle = runs.find((run) => run.seconds === seconds)!
  const us = (cpu_s: number | null) => rounded(cpu_s === null ? null : (cpu_s * 1e6) / events, 2)
  return {
    events,
    seconds: rounded(seconds, 3),
    events_per_s: Math.round(events / seconds),
    cpu_s_engine: rounded(middle.cpu_s, 2),
    cpu_s_store: rounded(middle.cpu_s_store, 2),
    rss_peak_mb_engine: peak(runs.map((run) => run.rss_peak_mb_engine)),
    rss_peak_mb_store: peak(runs.map((run) => run.rss_peak_mb_store)),
    ...middle.checked,
    batches: middle.batches,
    cpu_us_per_event: { engine: us(middle.cpu_s), store: us(middle.cpu_s_store) },
    runs_events_per_s: runs.map((run) => Math.round(events / run.seconds)),
  }
}

async function drainOnce<T>(bench: Bench, { ends, place }: Filled, { check, node, stream }: DrainOptions<T>) {
  return withStore(bench, stream(groupName()), async (store, job) => {
    const run = await runEngine(bench, { ...job, log: place, task: { kind: 'drain', ends } }, store.pid, node)
    return { ...run, checked: await check(store, run.records) }
  })
}

/** A store of its own with the tables of a stream, and what a job of it needs besides. */
export async function withStore<T>(
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

/** A name that no other run has. */
export function groupName(): string {
  return `bench_${systemRandomBytes(6).toString('hex')}`
}

function peak(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
