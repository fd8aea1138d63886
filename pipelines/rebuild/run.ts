import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, RandomBytes } from '../clock.ts'
import { FACTS } from '../engine/pipeline.ts'
import type { Log } from '../log/port.ts'
import type { Emit } from '../runner/stage.ts'
import type { Store } from '../store/client.ts'
import { type RebuildReport, type RebuildRequest, type RebuildStep, rebuildWindows } from './rebuild.ts'

export type RunDeps = {
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly now: Clock
  readonly randomBytes: RandomBytes
}

/** Rebuilds what the main pipeline derives from its facts. `log` must be one that may write the window changes. */
export function runRebuild(
  { log, randomBytes, ...rest }: RunDeps,
  request: RebuildRequest,
  onStep: (step: RebuildStep) => void,
  signal: AbortSignal,
): Promise<RebuildReport> {
  return rebuildWindows(
    {
      ...rest,
      log,
      onStep,
      signal,
      scope: FACTS,
      group: `omnify.${FACTS.pipeline}`,
      emit: emitTo(log),
      sleep: (ms) => sleep(ms),
      newId: () => randomBytes(8).toString('hex'),
    },
    request,
  )
}

export function emitTo(log: Log): (emit: Emit) => Promise<void> {
  return async ({ partition, records, topic }) => void (await log.append(topic, partition, records))
}
