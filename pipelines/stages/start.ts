import type { Logger } from '../runner/options.ts'
import { startWorker } from '../thread/worker.ts'
import type { StagesSpec } from './spec.ts'

export type StagesThread = {
  /** Rejects when the stages cannot go on by themselves. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Runs the stages in a thread of their own. Resolves when it has opened log and store. */
export function startStagesThread(spec: StagesSpec, logger: Logger): Promise<StagesThread> {
  return startWorker(
    new URL('./entry.ts', import.meta.url),
    'the stages',
    { workerData: spec, resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 } },
    logger,
  )
}
