import type { Benchmark } from './benchmark.ts'
import { ask } from './support/ask.ts'
import { watchEngine } from './support/engine-watch.ts'
import { startFilledEngine } from './support/filled-engine.ts'
import { startLoad } from './support/load.ts'
import { QUESTION_KINDS } from './support/questions.ts'
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
    { figure: 'questions_shed', at_most: 0 },
  ],
  shows: ['p99_ms', 'questions', 'events_per_s', 'cores_engine', 'cores_store'],
  async run(bench) {
    const engine = await startFilledEngine(bench)
    const load = startLoad(bench, {
      ...engine,
      events_per_s: bench.size('rate'),
      events_a_request: 50,
      stream: 'load',
    })
    const warm_s = Math.min(5, bench.size('seconds') / 4)
    bench.say('warming up')
    await ask(bench, engine, { ...ASKING, seconds: warm_s, first: 0 })
    const watch = await watchEngine(engine)
    bench.say(`asking for ${bench.size('seconds')} s`)
    const first = Math.ceil(warm_s * ASKING.questions_per_s)
    const { answers, questions_shed } = await ask(bench, engine, { ...ASKING, seconds: bench.size('seconds'), first })
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
      questions_shed,
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

const ASKING = { clients: 8, questions_per_s: 40 }
