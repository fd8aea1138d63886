import type { Logger } from '../runner/options.ts'
import { loadWorker, type WorkerMessage } from '../thread/worker.ts'
import type { StagesSpec } from './spec.ts'

export type StagesThread = {
  /** Rejects when the stages cannot go on by themselves. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** A thread for the stages, which loads their modules meanwhile. Started, it has opened log and store. */
export function loadStagesThread(logger: Logger): {
  start(spec: StagesSpec): Promise<StagesThread>
  stop(): Promise<void>
} {
  return loadWorker<StagesSpec, WorkerMessage>(
    new URL('./entry.ts', import.meta.url),
    'the stages',
    { resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 } },
    logger,
  )
}
