import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark } from './benchmark.ts'
import { ask } from './support/ask.ts'
import type { RunningEngine } from './support/engine-process.ts'
import { watchEngine } from './support/engine-watch.ts'
import { startFilledEngine } from './support/filled-engine.ts'
import { type Client, openClient } from './support/http.ts'
import { startLoad } from './support/load.ts'
import { rounded, summary } from './support/statistics.ts'

/** Applications and analysts at once: many different questions, the same one over and over, and a large export. */
export const serving: Benchmark = {
  name: 'serving',
  about:
    '`/v1/metrics` over 5 million imported facts: 100 different questions/s from 32 clients with nothing held, while ' +
    '5,000 events/s are ingested; one question again and again; and an export of SQL with two rows a sold order',
  sizes: { events: 5_000_000, seconds: 60, rate: 5_000 },
  smoke: { events: 2_000, seconds: 1, rate: 500 },
  goals: [
    { figure: 'p50_ms', at_most: 15 },
    { figure: 'p95_ms', at_most: 60 },
    { figure: 'cached_per_s', at_least: 4_000 },
    { figure: 'export_mb_more_engine', at_most: 200 },
    { figure: 'events_refused', at_most: 0 },
    { figure: 'questions_shed', at_most: 0 },
  ],
  shows: ['p99_ms', 'questions', 'events_per_s', 'cores_engine', 'cores_store', 'cached_cpu_us', 'export_rows_per_s'],
  async run(bench) {
    const engine = await startFilledEngine(bench, UNLIMITED)
    const seconds = bench.size('seconds')
    const load = startLoad(bench, {
      ...engine,
      events_per_s: bench.size('rate'),
      events_a_request: 50,
      stream: 'load',
    })
    const warm_s = Math.min(5, seconds / 4)
    bench.say('warming up')
    await ask(bench, engine, { ...ASKING, seconds: warm_s, first: 0 })
    const watch = await watchEngine(engine)
    bench.say(`asking for ${seconds} s`)
    const first = Math.ceil(warm_s * ASKING.questions_per_s)
    const { answers, questions_shed } = await ask(bench, engine, { ...ASKING, seconds, first })
    const cost = await watch.stop()
    const sent = await load.stop()
    bench.say('asking the same again and again')
    const cached = await askAgain(bench, engine, seconds / 4)
    bench.say('exporting')
    const exported = await exportRows(engine, bench.size('events'))
    await engine.stop()
    return {
      facts: bench.size('events'),
      clients: ASKING.clients,
      questions: answers.length,
      questions_shed,
      ...summary(answers.map(({ took_ms }) => took_ms)),
      events_per_s: sent.events_per_s,
      events_refused: sent.events_refused,
      refused_why: sent.refused,
      ...cost,
      ...cached,
      ...exported,
    }
  },
}

/** What one tenant may ask is not what is measured. */
const UNLIMITED = {
  OMNIFY_LIMIT_CONCURRENT: '1000',
  OMNIFY_LIMIT_REQUESTS: '1000000000',
  OMNIFY_LIMIT_ROWS: '100000000000000',
  OMNIFY_LIMIT_CPU_SECONDS: '1000000',
}

const ASKING = { clients: 32, questions_per_s: 100, headers: { 'cache-control': 'no-cache' } }
const SAME = '/v1/metrics?measures=spend,revenue,orders&dimensions=campaign&from=2025-12-01&to=2025-12-31'

/**
 * Closed loop: each client asks again as soon as it is answered. Nothing is ingested meanwhile.
 *
 * @throws Error when an answer was not a 200, or another one than the first
 */
async function askAgain(bench: Bench, engine: RunningEngine, seconds: number) {
  const clients = Array.from({ length: ASKING.clients }, () => openClient(engine.url, engine.key))
  const expected = await settledAnswer(bench, clients[0]!)
  const watch = await watchEngine(engine)
  const begun = performance.now()
  const end = begun + seconds * 1000
  let count = 0
  const one = async (client: Client) => {
    while (performance.now() < end && !bench.signal.aborted) {
      const { status, text } = await client.get(SAME)
      if (status !== 200 || text !== expected)
        throw new Error(`asked again, it answered ${status}: ${text.slice(0, 300)}`)
      count++
    }
  }
  await Promise.all(clients.map(one))
  const took_s = (performance.now() - begun) / 1000
  const { cores_engine } = await watch.stop()
  for (const client of clients) client.close()
  return {
    cached_per_s: rounded(count / took_s, 0),
    cached_cpu_us: rounded(cores_engine === null ? null : (cores_engine * took_s * 1e6) / count, 1),
    cached_cores_engine: cores_engine,
  }
}

/**
 * Every order twice, as CSV: the events of the file are orders and deliveries, half and half.
 *
 * @throws Error when a row is missing
 */
async function exportRows(engine: RunningEngine, events: number) {
  const sql = `SELECT order_id, order_date, campaign, total_micros, arrayJoin([1, 2]) AS copy FROM orders WHERE order_date < '2026-01-01'`
  // What it has at rest; then the peak.
  const before = await watchEngine(engine)
  await sleep(1_000)
  const rest = await before.stop()
  const watch = await watchEngine(engine)
  const begun = performance.now()
  const response = await fetch(`${engine.url}/v1/sql?format=csv`, {
    method: 'POST',
    headers: { authorization: `Bearer ${engine.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
  })
  if (response.status !== 200) throw new Error(`the export answered ${response.status}: ${await response.text()}`)
  let [lines, bytes] = [0, 0]
  for await (const chunk of response.body!) {
    bytes += chunk.length
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++
  }
  const took_s = (performance.now() - begun) / 1000
  const used = await watch.stop()
  const rows = lines - 1
  if (rows !== events) throw new Error(`the export has ${rows} rows, not ${events}`)
  const more = (now: number | null, then: number | null) => (now === null || then === null ? null : rounded(now - then))
  return {
    export_rows: rows,
    export_mb: rounded(bytes / 1e6),
    export_rows_per_s: rounded(rows / took_s, 0),
    export_mb_more_engine: more(used.rss_peak_mb_engine, rest.rss_peak_mb_engine),
    export_mb_more_store: more(used.rss_peak_mb_store, rest.rss_peak_mb_store),
  }
}

const NEWLINE = 10
/** An answer that was the same so many times, half a second apart, is taken to stay so. */
const SAME_TIMES = 3

/** The answer once what was ingested last has been committed, for seconds on a busy machine: until then it changes. */
async function settledAnswer(bench: Bench, client: Client): Promise<string> {
  for (let last = '', times = 0; ; times++) {
    const { status, text } = await client.get(SAME)
    if (status !== 200) throw new Error(`GET ${SAME} answered ${status}: ${text.slice(0, 300)}`)
    if (text !== last) times = 0
    else if (times >= SAME_TIMES) return text
    last = text
    await sleep(500, undefined, { signal: bench.signal })
  }
}
