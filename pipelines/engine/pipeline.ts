import { FACT_TABLES, failed_events, identities } from '../../schemas/tables.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import { Watermarks } from '../facts/watermarks.ts'
import { fillFilter } from '../identities/fill.ts'
import type { Pipeline } from '../runner/stage.ts'
import { WindowState } from '../windows/state.ts'
import type { EngineDeps } from './deps.ts'
import { EngineStage } from './stage.ts'

/**
 * The main pipeline: events → facts and windows. Both in one pipeline, because a window needs to know what a new
 * observation supersedes, and because decoding a record twice would cost as much again.
 */
export function enginePipeline(deps: EngineDeps): Pipeline {
  return {
    name: 'facts',
    topic: TOPICS.events.name,
    schema_version: 1,
    appends: [...FACT_TABLES, identities],
    failures: failed_events,
    async open(context) {
      const { topic, partition } = context.claim
      await fillFilter(deps.store, deps.bloom, topic, partition)
      return new EngineStage({
        context,
        deps,
        windows: new WindowState(WINDOW_SETS, partition, deps.store, deps.cells_max),
        watermarks: await Watermarks.load(deps.store, 'facts', topic, partition),
      })
    },
  }
}
