import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark } from './benchmark.ts'
import { importTruth, makeImportFile } from './make-import-file.ts'
import { type RunningEngine, startEngine, startOmnify } from './support/engine-process.ts'
import { watchEngine } from './support/engine-watch.ts'
import { getJson, openClient } from './support/http.ts'
import { startLoad } from './support/load.ts'
import { QUESTION_KINDS, questionOf } from './support/questions.ts'
import { percentile, rounded, summary } from './support/statistics.ts'

/** Dashboards over a full store, while events keep arriving. */
export const query: Benchmark = {
  name: 'query',
  about:
    '`/v1/metrics`, 30 days by campaign, over 5 million imported facts: 40 different questions/s from 8 clients, ' +
    'while 5,000 events/s are ingested',
  sizes: { events: 5_000_000, seconds: 60, rate: 5_000 },
  smoke: { events: 2_000, seconds: 1, rate: 500 },
  goals: [
    { figure: 'p50_ms', at_most: 20 },
    { figure: 'p95_ms', at_most: 80 },
    { figure: 'events_refused', at_most: 0 },
  ],
  shows: ['p99_ms', 'questions', 'events_per_s', 'cores_engine', 'cores_store'],
  async run(bench) {
    const engine = await startEngine(bench, join(bench.dir, 'home'))
    await fill(bench, engine)
    const load = startLoad(bench, {
      ...engine,
      events_per_s: bench.size('rate'),
      events_a_request: 50,
      stream: 'load',
    })
    const warm_s = Math.min(5, bench.size('seconds') / 4)
    bench.say('warming up')
    await ask(bench, engine, warm_s, 0)
    const watch = await watchEngine(engine)
    bench.say(`asking for ${bench.size('seconds')} s`)
    const answers = await ask(bench, engine, bench.size('seconds'), Math.ceil(warm_s * QUESTIONS_PER_S))
    const cost = await watch.stop()
    const sent = await load.stop()
    await engine.stop()
    const p50_ms_by_filter = Object.fromEntries(
      QUESTION_KINDS.map((kind) => [
        kind,
        rounded(
          percentile(
            answers.filter((one) => one.kind === kind).map(({ took_ms }) => took_ms),
            50,
          ),
        ),
      ]),
    )
    return {
      facts: bench.size('events'),
      loaded_by: 'omnify import',
      questions: answers.length,
      ...summary(answers.map(({ took_ms }) => took_ms)),
      p50_ms_by_filter,
      rows_mean: rounded(answers.reduce((sum, { rows }) => sum + rows, 0) / answers.length),
      events_per_s: sent.events_per_s,
      events_refused: sent.events_refused,
      refused_why: sent.refused,
      ...cost,
    }
  },
}

/** Through the front door: what is measured afterwards is what an import leaves behind. */
async function fill(bench: Bench, engine: RunningEngine): Promise<void> {
  const events = bench.size('events')
  const file = join(bench.dir, 'events.ndjson')
  bench.say(`writing ${events} events`)
  await makeImportFile({ events, form: 'ndjson', out: file })
  bench.say('importing them')
  await startOmnify(bench, join(bench.dir, 'home'), ['import', file, '--mapping', 'events', '--tenant', 'demo']).done
  await rm(file)
  const client = openClient(engine.url, engine.key)
  const { rows } = await getJson<{ rows: { orders: number; impressions: number }[] }>(
    client,
    '/v1/metrics?measures=orders,impressions&to=2026-01-01',
  )
  client.close()
  const { impressions, orders } = importTruth(events)
  if (rows[0]?.orders !== orders || BigInt(rows[0].impressions) !== impressions) {
    throw new Error(
      `after the import there are ${JSON.stringify(rows)}, not ${orders} orders, ${impressions} impressions`,
    )
  }
}

type Answered = { readonly kind: string; readonly took_ms: number; readonly rows: number }

/**
 * Open loop: each client asks when it is its turn, whether or not its last question was answered, and the time counts
 * from then.
 */
async function ask(bench: Bench, engine: RunningEngine, seconds: number, first: number): Promise<Answered[]> {
  const clients = Array.from({ length: CLIENTS }, () => openClient(engine.url, engine.key))
  const answers: Answered[] = []
  const begun = performance.now()
  const under_way: Promise<void>[] = []
  let failure: unknown
  const one = async (n: number, due: number) => {
    const { kind, path } = questionOf(first + n)
    try {
      const { rows } = await getJson<{ rows: unknown[] }>(clients[n % CLIENTS]!, path)
      answers.push({ kind, took_ms: performance.now() - due, rows: rows.length })
    } catch (error) {
      failure ??= error
    }
  }
  try {
    for (let n = 0; n < seconds * QUESTIONS_PER_S; n++) {
      const due = begun + (n * 1000) / QUESTIONS_PER_S
      await sleep(Math.max(0, due - performance.now()), undefined, { signal: bench.signal })
      if (failure !== undefined) break
      under_way.push(one(n, due))
    }
    await Promise.all(under_way)
    if (failure !== undefined) throw failure
  } finally {
    for (const client of clients) client.close()
  }
  return answers
}

const CLIENTS = 8
const QUESTIONS_PER_S = 40
