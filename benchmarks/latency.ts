import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../pipelines/clock.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { type RunningEngine, startEngine } from './support/engine-process.ts'
import { watchEngine } from './support/engine-watch.ts'
import { getJson, openClient } from './support/http.ts'
import { probeEvent } from './support/live-event.ts'
import { startLoad } from './support/load.ts'
import { summary } from './support/statistics.ts'

/** How long it takes an accepted event to show in `/v1/metrics` while others arrive at a rate. */
export const latency: Benchmark = {
  name: 'latency',
  about: 'event accepted (202) to visible in `/v1/metrics`, at 5,000 events/s over HTTP',
  sizes: { seconds: 60, rate: 5_000 },
  smoke: { seconds: 1, rate: 500 },
  goals: [
    { figure: 'p99_ms', at_most: 2_000 },
    { figure: 'events_refused', at_most: 0 },
  ],
  shows: ['p50_ms', 'events_per_s', 'accept_p99_ms', 'cores_engine', 'cores_store'],
  async run(bench) {
    const engine = await startEngine(bench, join(bench.dir, 'home'))
    const load = startLoad(bench, {
      ...engine,
      events_per_s: bench.size('rate'),
      events_a_request: 50,
      stream: 'load',
    })
    bench.say('warming up')
    await sleep(Math.min(5_000, bench.size('seconds') * 250), undefined, { signal: bench.signal })
    const watch = await watchEngine(engine)
    bench.say(`probing for ${bench.size('seconds')} s`)
    const visible_ms = await probe(bench, engine, bench.size('seconds'))
    const cost = await watch.stop()
    const sent = await load.stop()
    await engine.stop()
    return {
      probes: visible_ms.length,
      ...summary(visible_ms),
      events_per_s: sent.events_per_s,
      events_refused: sent.events_refused,
      refused_why: sent.refused,
      accept_p50_ms: sent.accept.p50_ms,
      accept_p99_ms: sent.accept.p99_ms,
      ...cost,
    }
  },
}

/**
 * Sends a probe every 100 ms and asks every 25 ms which of the waiting ones are visible. Nothing is subtracted: the
 * interval of asking and the time of the answer are in the figure.
 */
async function probe(bench: Bench, engine: RunningEngine, seconds: number): Promise<number[]> {
  const [sender, asker] = [openClient(engine.url, engine.key), openClient(engine.url, engine.key)]
  const accepted = new Map<string, number>()
  const visible_ms: number[] = []
  const begun = performance.now()
  const end = begun + seconds * 1000
  const sending = async () => {
    for (let n = 0; ; n++) {
      const due = begun + n * PROBE_EVERY_MS
      if (due >= end) return
      await sleep(Math.max(0, due - performance.now()), undefined, { signal: bench.signal })
      const { status, text } = await sender.post('/v1/events', `[${probeEvent(`probe-${n}`, systemClock())}]`)
      if (status !== 202) throw new Error(`a probe was answered ${status}: ${text}`)
      accepted.set(`probe-${n}`, performance.now())
    }
  }
  const asking = async (sent: () => boolean) => {
    while (!sent() || accepted.size > 0) {
      bench.signal.throwIfAborted()
      const asked = performance.now()
      if (accepted.size > 0)
        for (const name of await visibleOf(asker, [...accepted.keys()])) {
          visible_ms.push(performance.now() - accepted.get(name)!)
          accepted.delete(name)
        }
      for (const [name, at] of accepted) {
        if (performance.now() - at > GIVE_UP_MS) throw new Error(`${name} was accepted, and is not visible after 60 s`)
      }
      await sleep(Math.max(0, ASK_EVERY_MS - (performance.now() - asked)))
    }
  }
  let all_sent = false
  try {
    await Promise.all([
      sending().finally(() => {
        all_sent = true
      }),
      asking(() => all_sent),
    ])
  } finally {
    sender.close()
    asker.close()
  }
  return visible_ms
}

const PROBE_EVERY_MS = 100
const ASK_EVERY_MS = 25
const GIVE_UP_MS = 60_000

async function visibleOf(asker: ReturnType<typeof openClient>, campaigns: readonly string[]): Promise<string[]> {
  const filter = encodeURIComponent(`campaign:in:${campaigns.join(',')}`)
  const path = `/v1/metrics?measures=impressions&dimensions=campaign&filter=${filter}`
  const { rows } = await getJson<{ rows: { campaign: string }[] }>(asker, path)
  return rows.map(({ campaign }) => campaign)
}
