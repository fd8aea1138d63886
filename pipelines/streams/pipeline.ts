import { type StreamSpec, streamFactsTable } from '../../schemas/streams.ts'
import { failed_events } from '../../schemas/tables.ts'
import { RUNNER_DEFAULTS, type RunnerOptions } from '../runner/options.ts'
import type { Pipeline } from '../runner/stage.ts'
import type { StreamDeps } from './deps.ts'
import { StreamStage } from './stage.ts'

/** A declared stream as a pipeline; its tables are there (`createStreamTables` makes them). */
export function streamPipeline(spec: StreamSpec, deps: StreamDeps): Pipeline {
  return {
    name: spec.name,
    topic: spec.topic,
    schema_version: spec.version,
    appends: spec.facts.map(streamFactsTable),
    failures: failed_events,
    open: async (context) => new StreamStage(spec, context, deps),
  }
}

/**
 * A batch of windows is a few rows however many records are in it, and facts go best by many: batches are large where
 * much waits, and no older than a second where it comes steadily.
 */
export const STREAM_RUNNER: RunnerOptions = {
  ...RUNNER_DEFAULTS,
  rows_max: 100_000,
  ahead_rows_max: 100_000,
  bytes_max: 64_000_000,
  bulk_linger_ms: 800,
}
