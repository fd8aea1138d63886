import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../pipelines/clock.ts'
import { openEmbeddedLog } from '../pipelines/log/embedded/open.ts'
import { openKafkaLog } from '../pipelines/log/kafka/open.ts'
import { RUNNER_DEFAULTS } from '../pipelines/runner/options.ts'
import { TOPICS } from '../schemas/topics.ts'
import { startBroker, whyNoBroker } from '../test/support/kafka-broker.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { type BaselineRun, runBaseline, type Shape } from './steady/baseline.ts'
import { type Captured, capture } from './steady/capture.ts'
import { type Filled, fillLog } from './steady/fill.ts'
import { type PipelineRun, runPipeline } from './steady/pipeline.ts'
import { type Keys, openDoor, openKeys } from './support/door.ts'
import { median, rounded } from './support/statistics.ts'
import { openFreshStore, sayingLogger } from './support/stores.ts'

/** Exactly-once and its windows against the bare store: the same rows, in the same run. */
export const steady: Benchmark = {
  name: 'steady',
  about:
    'events of 300 bytes from the log to facts and windows, as a share of the rate at which the same rows go into ' +
    'the same store from memory',
  sizes: { events: 1_000_000, runs: 3 },
  smoke: { events: 4_000, runs: 1 },
  goals: [{ figure: 'ratio', at_least: 0.5 }],
  shows: ['events_per_s', 'rows_per_s', 'baseline_events_per_s', 'baseline_rows_per_s', 'kafka_events_per_s'],
  async run(bench) {
    await mkdir(join(bench.dir, 'home'))
    await using keys = await openKeys(join(bench.dir, 'home'))
    bench.say(`putting ${bench.size('events')} events on the log`)
    const filled = await fillOnce(bench, keys)
    bench.say('capturing the blocks of the pipeline')
    const captured = await captureOnce(bench, keys, filled)

    const trials: BaselineRun[] = []
    for (const shape of shapesFor(captured.length)) trials.push(await baselineOnce(bench, captured, shape))
    const best = trials.reduce((a, b) => (b.rows_per_s > a.rows_per_s ? b : a))

    // By turns, so that a slow minute of the machine falls on both.
    const baselines: BaselineRun[] = []
    const pipelines: PipelineRun[] = []
    for (let run = 0; run < bench.size('runs'); run++) {
      baselines.push(await baselineOnce(bench, captured, best))
      pipelines.push(await pipelineOnce(bench, keys, filled))
    }
    const kafka = await kafkaOnce(bench, keys)
    return { ...figuresOf(filled, captured, trials, baselines, pipelines), ...kafka }
  },
}

/**
 * Inserts of 25,000, 50,000 and 100,000 events, as far as there are enough of them to fill the writers. Smaller ones
 * are not tried: each insert costs its fsyncs again.
 */
function shapesFor(batches: number): Shape[] {
  if (batches < 8) return [{ batches_an_insert: 1, parallel: 2 }]
  const sizes = [1, 2, 4].filter((batches_an_insert) => batches >= 8 * batches_an_insert)
  return sizes.flatMap((batches_an_insert) => [1, 2, 4].map((parallel) => ({ batches_an_insert, parallel })))
}

function figuresOf(
  filled: Filled,
  captured: readonly Captured[],
  trials: readonly BaselineRun[],
  baselines: readonly BaselineRun[],
  pipelines: readonly PipelineRun[],
) {
  const of = <T>(runs: readonly T[], figure: (run: T) => number) => median(runs.map(figure))
  const baseline_s = of(baselines, ({ seconds }) => seconds)
  const pipeline_s = of(pipelines, ({ seconds }) => seconds)
  const shape = baselines[0]!
  return {
    events: filled.events,
    bytes_per_event: filled.bytes_per_event,
    rows_per_event: rounded(pipelines[0]!.rows / filled.events, 2),
    ratio: rounded(baseline_s / pipeline_s, 3),
    events_per_s: Math.round(filled.events / pipeline_s),
    rows_per_s: of(pipelines, ({ rows_per_s }) => rows_per_s),
    baseline_events_per_s: Math.round(filled.events / baseline_s),
    baseline_rows_per_s: of(baselines, ({ rows_per_s }) => rows_per_s),
    baseline_best: {
      events_an_insert: shape.batches_an_insert * Math.min(RUNNER_DEFAULTS.rows_max, filled.events),
      parallel: shape.parallel,
    },
    batches: captured.length,
    rows_by_table: rowsByTable(captured),
    cpu_us_per_event: {
      engine: rounded((of(pipelines, ({ cpu_s_engine }) => cpu_s_engine) * 1e6) / filled.events, 2),
      store: rounded((of(pipelines, ({ cpu_s_store }) => cpu_s_store ?? 0) * 1e6) / filled.events, 2),
      store_baseline: rounded((of(baselines, ({ cpu_s_store }) => cpu_s_store ?? 0) * 1e6) / filled.events, 2),
    },
    pipeline_seconds: pipelines.map(({ seconds }) => rounded(seconds, 2)),
    baseline_seconds: baselines.map(({ seconds }) => rounded(seconds, 2)),
    baseline_trials: trials.map(({ batches_an_insert, parallel, rows_per_s }) => ({
      batches_an_insert,
      parallel,
      rows_per_s,
    })),
  }
}

function rowsByTable(captured: readonly Captured[]): Record<string, number> {
  const rows: Record<string, number> = {}
  for (const block of captured.flat()) rows[block.table.name] = (rows[block.table.name] ?? 0) + block.rows
  return rows
}

async function fillOnce(bench: Bench, keys: Keys): Promise<Filled> {
  const log = await openEmbeddedLog({ dir: join(bench.dir, 'log'), writes: 'all', clock: systemClock })
  try {
    await log.ensureTopics(Object.values(TOPICS))
    return await fillLog(bench, log, await openDoor(log, keys), keys.tenant, bench.size('events'))
  } finally {
    await log.close()
  }
}

async function captureOnce(bench: Bench, keys: Keys, filled: Filled): Promise<Captured[]> {
  return withCopies(bench, async (dir) => {
    const logger = sayingLogger(bench.say)
    await using store = await openFreshStore(join(dir, 'store'), logger)
    const log = await openEmbeddedLog({ dir: join(dir, 'log'), writes: 'all', clock: systemClock })
    try {
      return await capture({ log, store, keys, filled, logger })
    } finally {
      await log.close()
    }
  })
}

async function pipelineOnce(bench: Bench, keys: Keys, filled: Filled): Promise<PipelineRun> {
  return withCopies(bench, async (dir) => {
    const logger = sayingLogger(bench.say)
    await using store = await openFreshStore(join(dir, 'store'), logger)
    const log = await openEmbeddedLog({ dir: join(dir, 'log'), writes: [TOPICS.events.name], clock: systemClock })
    try {
      const spec = { kind: 'embedded', share: log.share() } as const
      const run = await runPipeline(bench, { log, spec, store, keys, filled, logger })
      bench.say(`pipeline: ${run.events_per_s} events/s, ${run.rows_per_s} rows/s`)
      return run
    } finally {
      await log.close()
    }
  })
}

async function baselineOnce(bench: Bench, captured: readonly Captured[], shape: Shape): Promise<BaselineRun> {
  const dir = join(bench.dir, 'baseline')
  try {
    await using store = await openFreshStore(dir, sayingLogger(bench.say))
    const run = await runBaseline(bench, store, captured, shape)
    bench.say(`memory, ${shape.batches_an_insert} × ${shape.parallel}: ${run.rows_per_s} rows/s`)
    return run
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The same through Kafka, once: broker, pipeline and store share the machine. Null figures where there is no broker. */
async function kafkaOnce(bench: Bench, keys: Keys) {
  const absent = whyNoBroker()
  if (absent !== null) {
    bench.say(`NOT RUN: no Apache Kafka (${absent})`)
    return { kafka_events_per_s: null, kafka_absent: absent }
  }
  const broker = await startBroker({ optimised: true })
  bench.cleanup.defer(() => broker.stop())
  const logger = sayingLogger(bench.say)
  const { brokers } = broker
  const log = await openKafkaLog({
    brokers,
    clientId: 'bench',
    clock: systemClock,
    logger: (level, message) => level === 'warn' && logger.warn(message),
  })
  const dir = join(bench.dir, 'kafka-store')
  try {
    await log.ensureTopics(Object.values(TOPICS))
    const filled = await fillLog(bench, log, await openDoor(log, keys), keys.tenant, bench.size('events'))
    await using store = await openFreshStore(dir, logger)
    const run = await runPipeline(bench, { log, spec: { kind: 'kafka', brokers }, store, keys, filled, logger })
    bench.say(`pipeline through Kafka: ${run.events_per_s} events/s`)
    return { kafka_events_per_s: run.events_per_s, kafka_rows_per_s: run.rows_per_s, kafka_batches: run.batches }
  } finally {
    await log.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** A copy of the filled log that nobody has read, and room for a store; removed afterwards. */
async function withCopies<T>(bench: Bench, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = join(bench.dir, 'run')
  await cp(join(bench.dir, 'log'), join(dir, 'log'), { recursive: true })
  try {
    return await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
