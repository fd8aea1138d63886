import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark } from './benchmark.ts'
import { makeImportFile } from './make-import-file.ts'
import { type RunningEngine, startEngine, startOmnify } from './support/engine-process.ts'
import { getJson, openClient } from './support/http.ts'
import { lagOf } from './support/lag.ts'
import { type LoadReport, startLoad } from './support/load.ts'
import { median, rounded } from './support/statistics.ts'
import { storePidOf, usageOf } from './support/usage.ts'

/** How long a killed engine takes until it works again, with a full log and store. */
export const recovery: Benchmark = {
  name: 'recovery',
  about:
    '`kill -9` of the engine under 5,000 events/s, with 10 million events in its log: from the start of the next one ' +
    'until it is ready and the pipeline has committed all that was accepted',
  sizes: { events: 10_000_000, seconds: 5, rate: 5_000, runs: 3 },
  smoke: { events: 2_000, seconds: 1, rate: 500, runs: 1 },
  goals: [{ figure: 'seconds', at_most: 5 }],
  shows: ['ready_s', 'cpu_s_engine', 'cpu_s_store'],
  async run(bench) {
    const home = join(bench.dir, 'home')
    let engine = await startEngine(bench, home)
    const events = bench.size('events')
    const file = join(bench.dir, 'events.ndjson')
    bench.say(`importing ${events} events`)
    await makeImportFile({ events, form: 'ndjson', out: file })
    await startOmnify(bench, home, ['import', file, '--mapping', 'events', '--tenant', 'demo']).done
    await rm(file)

    const kept = { at_least: events, at_most: events }
    const runs: Recovery[] = []
    for (let run = 1; run <= bench.size('runs'); run++) {
      const sent = await killUnderLoad(bench, engine, `run-${run}`)
      kept.at_least += sent.accepted
      kept.at_most += sent.accepted + sent.events_refused
      const next = await recover(bench, home, kept)
      engine = next.engine
      bench.say(`run ${run}: ready after ${next.recovery.ready_s} s, caught up after ${next.recovery.seconds} s`)
      runs.push(next.recovery)
    }
    await engine.stop()
    const medianOf = (figure: keyof Recovery) => median(runs.map((run) => run[figure]))
    return {
      events,
      seconds: medianOf('seconds'),
      ready_s: medianOf('ready_s'),
      cpu_s_engine: medianOf('cpu_s_engine'),
      cpu_s_store: medianOf('cpu_s_store'),
      runs,
    }
  },
}

type Recovery = {
  /** From the start of the process until the pipeline has committed everything on the log. */
  readonly seconds: number
  readonly ready_s: number
  /** Of the new engine and its store, until then. */
  readonly cpu_s_engine: number
  readonly cpu_s_store: number
}

async function killUnderLoad(bench: Bench, engine: RunningEngine, stream: string): Promise<LoadReport> {
  const load = startLoad(bench, { ...engine, events_per_s: bench.size('rate'), events_a_request: 50, stream })
  await sleep(bench.size('seconds') * 1000, undefined, { signal: bench.signal })
  const store = await storePidOf(engine.pid)
  await engine.kill()
  const sent = await load.stop()
  // The store ends by itself when its engine is gone; until then it holds its folder, and a new engine waits.
  while (store !== null && (await usageOf(store)) !== null) await sleep(20)
  return sent
}

async function recover(bench: Bench, home: string, kept: { at_least: number; at_most: number }) {
  const engine = await startEngine(bench, home)
  const ready_s = (performance.now() - engine.started_ms) / 1000
  const client = openClient(engine.url, engine.key)
  try {
    while ((await lagOf(client)) > 0) {
      bench.signal.throwIfAborted()
      await sleep(POLL_MS)
    }
    const seconds = (performance.now() - engine.started_ms) / 1000
    const [used, used_store] = [await usageOf(engine.pid), await usageOf((await storePidOf(engine.pid))!)]
    const status = await getJson<Status>(client, '/v1/status')
    const { fact_delivery = 0, fact_orders = 0 } = status.pipelines[0]!.rows
    const facts = fact_delivery + fact_orders
    if (facts < kept.at_least || facts > kept.at_most) {
      throw new Error(`there must be ${kept.at_least} to ${kept.at_most} facts, and there are ${facts}`)
    }
    const recovery: Recovery = {
      seconds: rounded(seconds, 2),
      ready_s: rounded(ready_s, 2),
      cpu_s_engine: rounded(used!.cpu_s, 2),
      cpu_s_store: rounded(used_store!.cpu_s, 2),
    }
    return { engine, recovery }
  } finally {
    client.close()
  }
}

const POLL_MS = 25

type Status = {
  readonly pipelines: readonly { readonly rows: Readonly<Record<string, number>> }[]
}
