import { type StreamSpec, streamFactsTable } from '../../schemas/streams.ts'
import { failed_events } from '../../schemas/tables.ts'
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
