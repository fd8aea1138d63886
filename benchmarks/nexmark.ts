import type { Bench, Benchmark, Figures, Options } from './benchmark.ts'
import { keyed, type NexmarkEvent, nexmarkEvent } from './nexmark/input.ts'
import { type NexmarkQuery, QUERIES } from './nexmark/queries.ts'
import { measureDrain } from './streams/drain.ts'
import type { LogPlace } from './streams/job.ts'
import { type Filled, fillPlace, placeOf } from './streams/place.ts'

/** Nexmark's q1, q5 and q8 through the real path, each exact against an answer that is worked out beside. */
export const nexmark: Benchmark = {
  name: 'nexmark',
  about: 'Nexmark q1, q5 and q8 from the embedded log into the store, exactly once, compared row by row',
  sizes: { events: 1_000_000, runs: 3 },
  smoke: { events: 20_000, runs: 1 },
  goals: [],
  shows: ['q1_events_per_s', 'q5_events_per_s', 'q8_events_per_s'],
  narrowed,
  run: (bench) => runOn(bench, 'embedded'),
}

function narrowed({ ads, facts, file, log, out, topic, truth }: Options): Benchmark {
  if (log === undefined || [ads, file, out, topic, truth].some((other) => other !== undefined) || facts) {
    throw new RangeError('nexmark has no flag but --log embedded|kafka')
  }
  if (log !== 'embedded' && log !== 'kafka') throw new RangeError(`--log must be embedded or kafka, is "${log}"`)
  return { ...nexmark, run: (bench) => runOn(bench, log) }
}

async function runOn(bench: Bench, log: LogPlace['kind']): Promise<Figures> {
  const place = await placeOf(bench, log)
  if (typeof place === 'string') throw new Error(`no Apache Kafka: ${place}; set KAFKA_BROKERS`)
  const events = bench.size('events')
  const filled = await fillPlace(bench, place, mapped(eventsUpTo(events)))
  const figures: Record<string, Figures[string]> = { events }
  for (const query of QUERIES) {
    const measured = await measureQuery(bench, filled, query)
    figures[query.name] = measured
    figures[`${query.name}_events_per_s`] = measured.events_per_s
  }
  return figures
}

function measureQuery(bench: Bench, filled: Filled, { answer, name, reference, stream }: NexmarkQuery) {
  return measureDrain(bench, filled, {
    name,
    runs: bench.size('runs'),
    stream: (group) => stream(group, filled.topic),
    async check({ store }) {
      const [given, expected] = [(await answer(store)).sort(), reference(eventsUpTo(filled.events)).sort()]
      const at = expected.findIndex((row, n) => row !== given[n])
      if (given.length !== expected.length || at >= 0) {
        throw new Error(
          `${name}: ${given.length} rows, not ${expected.length}; first difference: ${given[at]}, not ${expected[at]}`,
        )
      }
      return { results: given.length, results_right: expected.length }
    },
  })
}

function* eventsUpTo(count: number): Iterable<NexmarkEvent> {
  for (let n = 0; n < count; n++) yield nexmarkEvent(n)
}

function* mapped(events: Iterable<NexmarkEvent>) {
  for (const event of events) yield keyed(event)
}
