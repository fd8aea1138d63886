import type { Bench, Benchmark, Figures, Options } from './benchmark.ts'
import type { LogPlace } from './streams/job.ts'
import { placeOf } from './streams/place.ts'
import { measureLatency, measureYsb } from './ysb/measure.ts'
import { type Input, prepareInput, type Source, writeInput } from './ysb/source.ts'

type LogKind = LogPlace['kind']
type Form = { readonly log: LogKind; readonly facts: boolean }

const FORMS: readonly Form[] = [
  { log: 'embedded', facts: false },
  { log: 'kafka', facts: false },
  { log: 'embedded', facts: true },
  { log: 'kafka', facts: true },
]

const LEAST: Readonly<Record<string, number>> = {
  embedded: 400_000,
  kafka: 200_000,
  embedded_facts: 150_000,
  kafka_facts: 80_000,
}
const P99_MS_MAX = 1_500

/** The Yahoo Streaming Benchmark through the real path: log → pipeline → store. */
export const ysb: Benchmark = {
  name: 'ysb',
  about:
    'Yahoo Streaming Benchmark: ad events → views → join ad to campaign → windows of 10 s, with late events; from the ' +
    'log into the store, exactly once; with facts every event is a row as well',
  sizes: { events: 2_000_000, runs: 3, seconds: 20, rate: 50_000 },
  smoke: { events: 8_000, runs: 1, seconds: 1, rate: 1_000 },
  goals: [
    ...Object.entries(LEAST).map(([form, at_least]) => ({ figure: `events_per_s_${form}`, at_least })),
    { figure: 'p99_ms_embedded', at_most: P99_MS_MAX },
    { figure: 'p99_ms_kafka', at_most: P99_MS_MAX },
  ],
  shows: ['p50_ms_embedded', 'latency_events_per_s_embedded', 'p50_ms_kafka', 'latency_events_per_s_kafka'],
  narrowed,
  async run(bench) {
    const figures: Record<string, Figures[string]> = { kafka_absent: null }
    for (const log of ['embedded', 'kafka'] as const) {
      const place = await placeOf(bench, log)
      const forms = FORMS.filter((form) => form.log === log)
      if (typeof place === 'string') {
        bench.say(`NOT RUN: no Apache Kafka (${place})`)
        figures.kafka_absent = place
        for (const form of forms) figures[`events_per_s_${nameOf(form)}`] = null
        for (const figure of ['p50_ms', 'p99_ms', 'latency_events_per_s']) figures[`${figure}_${log}`] = null
        continue
      }
      const input = await prepareInput(bench, place, { kind: 'own', events: bench.size('events') })
      for (const form of forms) {
        const drained = await drain(bench, input, form, true)
        figures[nameOf(form)] = drained
        figures[`events_per_s_${nameOf(form)}`] = drained.events_per_s
      }
      // Where the broker shares the machine at the rate that was named, else at half of what is possible.
      const rate = log === 'kafka' ? bench.size('rate') : Math.round(Number(figures.events_per_s_embedded) / 2)
      const latency = await paced(bench, place, { log, facts: false }, rate)
      figures[`p50_ms_${log}`] = latency.p50_ms
      figures[`p99_ms_${log}`] = latency.p99_ms
      figures[`latency_events_per_s_${log}`] = latency.latency_events_per_s
    }
    return figures
  },
}

/** One form alone, over input of one's own if wanted, with its figures under plain names. */
function narrowed(options: Options): Benchmark | undefined {
  const { facts, file, out, topic } = options
  if (out !== undefined) {
    const run = (bench: Bench) => writeInput(out, bench.size('events'))
    return { ...ysb, sizes: { events: ysb.sizes.events! }, goals: [], shows: [], run }
  }
  const log = options.log ?? (topic === undefined ? 'embedded' : 'kafka')
  if (log !== 'embedded' && log !== 'kafka') throw new RangeError(`--log must be embedded or kafka, is "${log}"`)
  if (topic !== undefined && log !== 'kafka') throw new RangeError('--topic is a topic of Kafka: --log kafka')
  if (topic !== undefined && file !== undefined) throw new RangeError('--topic and --file exclude each other')
  const given = givenSource(options)
  const form = { log, facts } as const
  return {
    ...ysb,
    goals: [
      { figure: 'events_per_s', at_least: LEAST[nameOf(form)]! },
      { figure: 'p99_ms', at_most: P99_MS_MAX },
    ],
    shows: ['seconds', 'cpu_s_engine', 'cpu_s_store', 'rss_peak_mb_engine', 'rss_peak_mb_store', 'p50_ms'],
    async run(bench) {
      const place = await placeOf(bench, log)
      if (typeof place === 'string') throw new Error(`no Apache Kafka: ${place}; set KAFKA_BROKERS`)
      const input = await prepareInput(bench, place, given ?? { kind: 'own', events: bench.size('events') })
      const drained = await drain(bench, input, form, given === undefined)
      return { ...drained, ...(await paced(bench, place, form)) }
    },
  }
}

/** Input that was named; undefined for our own. */
function givenSource({ ads, file, topic, truth }: Options): Source | undefined {
  if (topic === undefined && file === undefined) return undefined
  if (ads === undefined) throw new RangeError('--ads FILE is needed: campaign by ad, as JSON')
  if (file !== undefined) return { kind: 'file', file, ads, truth }
  if (truth === undefined) throw new RangeError('--truth FILE is needed: views by campaign and window, as JSON')
  return { kind: 'topic', topic: topic!, ads, truth }
}

function drain(bench: Bench, input: Input, form: Form, strict: boolean) {
  return measureYsb(bench, input, { name: nameOf(form), runs: bench.size('runs'), facts: form.facts, strict })
}

function paced(bench: Bench, place: LogPlace, form: Form, events_per_s = bench.size('rate')) {
  const options = { events_per_s, seconds: bench.size('seconds'), facts: form.facts }
  return measureLatency(bench, place, { name: nameOf(form), ...options })
}

function nameOf({ facts, log }: Form): string {
  return facts ? `${log}_facts` : log
}
