import type { Log } from '../../pipelines/log/port.ts'
import { type Logger, RUNNER_DEFAULTS } from '../../pipelines/runner/options.ts'
import type { PipelinesSpec } from '../../pipelines/thread/spec.ts'
import { loadPipelinesThread } from '../../pipelines/thread/start.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Bench } from '../benchmark.ts'
import type { Keys } from '../support/door.ts'
import type { FreshStore } from '../support/stores.ts'
import { usageOf } from '../support/usage.ts'
import type { Filled } from './fill.ts'

export type PipelineRun = {
  readonly seconds: number
  readonly events_per_s: number
  readonly rows: number
  readonly rows_per_s: number
  readonly batches: number
  /** CPU seconds of this process (the pipelines' thread and the log) and of the store. */
  readonly cpu_s_engine: number
  readonly cpu_s_store: number | null
}

/**
 * What is on the log goes to facts and windows, through the thread and the settings that the engine uses. The time runs
 * from the first batch taken into work (its reading from the log excluded) to the commit of the last offset.
 */
export async function runPipeline(
  bench: Bench,
  parts: { log: Log; spec: PipelinesSpec['log']; store: FreshStore; keys: Keys; filled: Filled; logger: Logger },
): Promise<PipelineRun> {
  const { filled, keys, log, logger, spec, store } = parts
  const all = Promise.withResolvers<void>()
  let [records, rows, batches] = [0, 0, 0]
  let [begun, end] = [Infinity, 0]
  const cpu = process.cpuUsage()
  const before = await usageOf(store.pid)
  const thread = loadPipelinesThread(logger, (batch) => {
    end = performance.now()
    begun = Math.min(begun, end - batch.took_ms)
    records += batch.records
    rows += batch.rows
    batches++
    if (records >= filled.events) all.resolve()
  })
  bench.cleanup.defer(() => thread.stop())
  const runner = await thread.start({ log: spec, store: store.access, ...keys.places, runner: RUNNER_DEFAULTS })
  await Promise.race([all.promise, runner.ended])
  const used = process.cpuUsage(cpu)
  const after = await usageOf(store.pid)
  const places = await log.groupOffsets('omnify.facts', TOPICS.events.name)
  await runner.stop()
  for (const [partition, wanted] of filled.ends.entries()) {
    const { offset } = places[partition]!
    if (offset < wanted) throw new Error(`partition ${partition} is committed at ${offset}, not at ${wanted}`)
  }
  const seconds = (end - begun) / 1000
  return {
    seconds,
    events_per_s: Math.round(records / seconds),
    rows,
    rows_per_s: Math.round(rows / seconds),
    batches,
    cpu_s_engine: (used.user + used.system) / 1e6,
    cpu_s_store: before === null || after === null ? null : after.cpu_s - before.cpu_s,
  }
}
