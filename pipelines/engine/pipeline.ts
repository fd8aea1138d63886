import { FACT_TABLES, failed_events, identities } from '../../schemas/tables.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import { Watermarks } from '../facts/watermarks.ts'
import { settleRebuilds, waitForRebuild } from '../rebuild/settle.ts'
import type { Scope } from '../rebuild/standing.ts'
import type { Pipeline } from '../runner/stage.ts'
import { WindowState } from '../windows/state.ts'
import type { EngineDeps } from './deps.ts'
import { Desks } from './desks.ts'
import { EngineStage } from './stage.ts'

/** Its name and its topic, by which the store knows its writers. */
export const FACTS: Scope = { pipeline: 'facts', topic: TOPICS.events.name }

/**
 * The main pipeline: events → facts and windows. Both in one pipeline, because a window needs to know what a new
 * observation supersedes, and because decoding a record twice would cost as much again.
 */
export function enginePipeline(deps: EngineDeps): Pipeline {
  const desks = new Desks()
  return {
    name: FACTS.pipeline,
    topic: FACTS.topic,
    schema_version: 1,
    appends: [...FACT_TABLES, identities],
    failures: failed_events,
    ready: ({ partition }, waiting) => waitForRebuild(deps.store, FACTS, partition, waiting),
    async open(context) {
      const { topic, partition } = context.claim
      const { committed, emit, generation, writer } = context
      await settleRebuilds({ store: deps.store, emit }, writer, generation, committed)
      await deps.known.fill(partition)
      return new EngineStage({
        context,
        deps,
        windows: new WindowState(WINDOW_SETS, partition, deps.store, deps.cells_max),
        desks,
        watermarks: await Watermarks.load(deps.store, 'facts', topic, partition),
      })
    },
  }
}
