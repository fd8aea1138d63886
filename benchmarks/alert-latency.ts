import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LiveWorld, startLive } from '../ingest/world/live.ts'
import type { WorldEvent } from '../ingest/world/model.ts'
import { worldOf } from '../ingest/world/world.ts'
import { type AlertRecord, parseAlert } from '../schemas/alerts.ts'
import { HOUR_MS, parseDay } from '../schemas/zone.ts'
import { alertWorld } from '../test/e2e/support/alert-world.ts'
import { followAlerts } from '../test/support/alert-stream.ts'
import { arrivalsOf, closingOf } from './alert-latency/arrivals.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { type RunningEngine, startEngine } from './support/engine-process.ts'
import { openClient } from './support/http.ts'
import { summary } from './support/statistics.ts'

/** How long it takes an alert to reach a stream once the event has been accepted that closes its bucket. */
export const alertLatency: Benchmark = {
  name: 'alert-latency',
  about:
    'the event that closes a bucket accepted (202) to the alert on `/v1/alerts/stream`, found by detection and by a threshold rule',
  sizes: { runs: 20, seconds: 246 },
  smoke: { runs: 1, seconds: 4 },
  goals: [
    { figure: 'anomaly_p95_ms', at_most: 2_000 },
    { figure: 'threshold_p95_ms', at_most: 2_000 },
  ],
  shows: ['anomaly_p50_ms', 'anomaly_max_ms', 'threshold_p50_ms', 'threshold_max_ms', 'anomaly_told', 'threshold_told'],
  async run(bench) {
    const engine = await startEngine(bench, join(bench.dir, 'home'))
    const client = openClient(engine.url, engine.key)
    bench.cleanup.defer(async () => client.close())
    const post = async (path: string, body: unknown, status: number) => {
      const answer = await client.post(path, JSON.stringify(body))
      if (answer.status !== status) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`)
      return answer.text
    }
    const arrivals = arrivalsOf()
    const send = async (events: readonly WorldEvent[]) => {
      for (let at = 0; at < events.length; at += EVENTS_A_REQUEST) {
        const some = events.slice(at, at + EVENTS_A_REQUEST)
        await post('/v1/events', some, 202)
        arrivals.took(some, performance.now())
      }
    }

    const world = worldOf(alertWorld(FIRST_DAY, DAYS))
    bench.say('sending 17 days in which nothing happens')
    for (const events of world.history()) await send(events)
    const heard = listen(bench, engine)
    await post('/v1/alert-rules', RULE, 202)
    const { rule: probe } = JSON.parse(await post('/v1/alert-rules', ALWAYS, 202)) as { rule: string }
    // What was over before a rule was first looked at is history to it: one that always calls tells when rules are.
    await heard.until((all) => all.some(({ rule }) => rule === probe))
    const live = startLive(world, world.end_ms)
    // Until what was learnt from the past is learnt, and the rule has seen its first hours.
    await goOn(bench, live, send, QUIET_HOURS)
    await sleep(SETTLE_MS, undefined, { signal: bench.signal })
    for (let run = 0; run < bench.size('runs'); run++) {
      const injected = live.inject({ kind: 'site_outage', scope: {}, size: 0.95, hours: OUTAGE_HOURS })
      if (!injected.ok) throw new Error(`${injected.path} ${injected.reason}`)
      bench.say(`outage ${run + 1} of ${bench.size('runs')}`)
      await goOn(bench, live, send, OUTAGE_HOURS + CALM_HOURS)
    }
    const alertsOf = (all: readonly AlertRecord[], kind: AlertRecord['kind']) =>
      new Set(all.flatMap((one) => (one.kind === kind && one.rule !== probe ? [one.id] : []))).size
    const runs = bench.size('runs')
    await heard.until((all) => alertsOf(all, 'anomaly') >= runs && alertsOf(all, 'threshold') >= runs)
    const told = (await heard.stop()).filter(({ record }) => record.rule !== probe)
    await engine.stop()
    const of = (kind: AlertRecord['kind']) =>
      told
        .filter((one) => one.record.kind === kind)
        .flatMap(({ at, record }) => {
          const closed = closingOf(arrivals, record)
          return closed === undefined ? [] : [at - closed]
        })
    return { ...figures('anomaly', of('anomaly')), ...figures('threshold', of('threshold')) }
  },
}

const FIRST_DAY = parseDay('2026-03-02')!
/** Platforms are tested after two weeks. */
const DAYS = 17
const QUIET_HOURS = 6
const OUTAGE_HOURS = 4
const CALM_HOURS = 8
const QUARTER_MS = HOUR_MS / 4
const EVENTS_A_REQUEST = 500
const SETTLE_MS = 5_000
const HEARD_MAX_MS = 120_000
/** About forty orders are usual. */
const RULE = { metric: 'orders', condition: { op: 'below', value: '8' }, grain: 'hour' }
const ALWAYS = { ...RULE, condition: { op: 'below', value: '1000000' } }

/** Lets world time pass, a quarter of an hour at a time, so that all of it takes as long as was asked for. */
async function goOn(
  bench: Bench,
  live: LiveWorld,
  send: (events: readonly WorldEvent[]) => Promise<void>,
  hours: number,
) {
  const all_hours = QUIET_HOURS + bench.size('runs') * (OUTAGE_HOURS + CALM_HOURS)
  const quarter_ms = (bench.size('seconds') * 1000) / (all_hours * 4)
  for (let quarter = 0; quarter < hours * 4; quarter++) {
    const due = performance.now() + quarter_ms
    await send(live.advance(live.at_ms + QUARTER_MS))
    await sleep(Math.max(0, due - performance.now()), undefined, { signal: bench.signal })
  }
}

/** Every revision that the stream tells, and when it came. */
function listen(bench: Bench, engine: RunningEngine) {
  const came: { readonly at: number; readonly record: AlertRecord }[] = []
  const stream = followAlerts(
    () => engine.url,
    engine.key,
    ({ bytes }) => came.push({ at: performance.now(), record: parseAlert(bytes) }),
  )
  bench.cleanup.defer(() => stream.stop())
  return {
    /** Or until no more can be waited for: what does not come is a figure too. */
    async until(isEnough: (heard: readonly AlertRecord[]) => boolean) {
      const until = performance.now() + HEARD_MAX_MS
      while (performance.now() < until && !isEnough(came.map(({ record }) => record))) {
        await sleep(100, undefined, { signal: bench.signal })
      }
    },
    async stop() {
      await stream.stop()
      return came
    },
  }
}

function figures(name: string, all_ms: readonly number[]) {
  const named = Object.entries(summary(all_ms)).map(([figure, value]) => [`${name}_${figure}`, value])
  return { [`${name}_told`]: all_ms.length, ...Object.fromEntries(named) }
}
