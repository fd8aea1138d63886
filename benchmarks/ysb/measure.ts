import type { Bench } from '../benchmark.ts'
import { groupName, measureDrain, withStore } from '../streams/drain.ts'
import type { LogPlace } from '../streams/job.ts'
import { makeTopic, withLog } from '../streams/place.ts'
import { type EngineRun, runEngine } from '../streams/run-engine.ts'
import { rounded } from '../support/statistics.ts'
import type { FreshStore } from '../support/stores.ts'
import { adsTable, type Truth } from './input.ts'
import type { Input } from './source.ts'
import { FACTS, WINDOWS, ysbStream } from './spec.ts'
import { compareWindows } from './truth.ts'

export type YsbOptions = {
  /** For progress lines. */
  readonly name: string
  readonly runs: number
  readonly facts: boolean
  /** A wrong window is an error: the truth is ours. */
  readonly strict: boolean
  /** Options of Node for the engine's process. */
  readonly node?: readonly string[]
}

/** One form of the benchmark over events that are on a log. */
export function measureYsb(bench: Bench, input: Input, { facts, strict, ...options }: YsbOptions) {
  return measureDrain(bench, input, {
    ...options,
    stream: (name) => ysbStream({ ...input, name, facts }),
    async check(store, records) {
      const { wrong, ...windows } = await compareWindows(store.store, WINDOWS, input.truth)
      if (wrong.length > 0) {
        const text = `${wrong.length} windows are wrong: ${wrong.slice(0, 5).join('; ')}`
        if (strict) throw new Error(text)
        bench.say(text)
      }
      return facts ? { ...windows, fact_rows: await countFacts(store, records) } : windows
    },
  })
}

/** Every record once, in facts or among the dead letters. */
async function countFacts(store: FreshStore, records: number): Promise<number> {
  const [row] = await store.store.query<{ n: string; places: string; failed: string }>(
    `SELECT count() AS n, uniqExact(_partition, _offset) AS places,
            (SELECT count() FROM failed_events) AS failed FROM ${FACTS}`,
  )
  const { failed, n, places } = row!
  if (n !== places || Number(n) + Number(failed) !== records) {
    throw new Error(`${n} facts of ${places} places and ${failed} dead letters are not ${records} records`)
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
  await withLog(place, (log) => makeTopic(log, topic))
  const { events_per_s, facts, seconds } = options
  bench.say(`${options.name}: ${events_per_s} events/s for ${seconds} s`)
  const stream = ysbStream({ name, topic, ads: adsTable(), facts })
  return withStore(bench, stream, async (store, job) => {
    const task = { kind: 'paced', events_per_s, seconds, warm_up_s: seconds / 5 } as const
    const run = await runEngine(bench, { ...job, log: place, task }, store.pid)
    const { windows, windows_right, wrong } = await compareWindows(store.store, WINDOWS, run.truth as Truth)
    if (windows_right !== windows) throw new Error(`${wrong.length} paced windows are wrong: ${wrong[0]}`)
    return {
      p50_ms: rounded(weighted(run.latencies, 0.5)),
      p99_ms: rounded(weighted(run.latencies, 0.99)),
      latency_events_per_s: events_per_s,
      latency_cores: {
        engine: rounded(run.cpu_s / run.seconds, 2),
        store: rounded((run.cpu_s_store ?? 0) / run.seconds, 2),
      },
      latency_batches: run.batches,
    }
  })
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
