import { join } from 'node:path'
import type { Benchmark } from './benchmark.ts'
import { makeImportFile } from './make-import-file.ts'
import { startOmnify } from './support/engine-process.ts'
import { sharesByStage } from './support/profile.ts'
import { rounded } from './support/statistics.ts'
import { storePidOf, watchUsage } from './support/usage.ts'

/** Where the CPU of an import goes. The profiler slows it down: its shares count, its time does not. */
export const stages: Benchmark = {
  name: 'stages',
  about: 'CPU of `omnify import` by stage: µs per event, under the profiler of V8',
  sizes: { events: 1_000_000 },
  smoke: { events: 2_000 },
  goals: [],
  shows: ['us_per_event_engine', 'us_per_event_store'],
  breaks_down: 'us_per_event_by_stage',
  async run(bench) {
    const events = bench.size('events')
    const file = join(bench.dir, 'events.ndjson')
    bench.say(`writing ${events} events`)
    await makeImportFile({ events, form: 'ndjson', out: file })
    bench.say('importing them under the profiler')
    const profiles = join(bench.dir, 'profiles')
    const omnify = startOmnify(bench, join(bench.dir, 'home'), ['import', file, '--mapping', 'events'], {
      node: ['--cpu-prof', `--cpu-prof-dir=${profiles}`],
    })
    const engine = watchUsage(async () => omnify.pid, { whole: true })
    const store = watchUsage(() => storePidOf(omnify.pid), { whole: true })
    await omnify.done
    const [used, used_store] = [engine.stop().cpu_s, store.stop().cpu_s]
    const us = (seconds: number) => rounded((seconds * 1e6) / events, 2)
    // The profiler samples by the clock: on busy cores its times are longer than the CPU's, its shares are not.
    const by_stage = [...(await sharesByStage(profiles))].map(
      ([stage, share]) => [stage, us(share * (used ?? 0))] as const,
    )
    return {
      events,
      us_per_event_engine: used === null ? null : us(used),
      us_per_event_store: used_store === null ? null : us(used_store),
      us_per_event_by_stage: Object.fromEntries(by_stage.filter(([, value]) => value >= US_SHOWN_MIN)),
    }
  },
}

const US_SHOWN_MIN = 0.05
