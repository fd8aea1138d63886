import type { Logger } from '../runner/options.ts'
import type { Runner } from '../runner/runner.ts'
import { giveThreadsRoom } from './heap.ts'
import { askForRebuilds, type Rebuild } from './rebuilds.ts'
import type { PipelinesSpec, ThreadMessage } from './spec.ts'
import { loadWorker } from './worker.ts'

export type ThreadBatch = Extract<ThreadMessage, { readonly kind: 'batch' }>

export type PipelinesThread = Runner & { readonly rebuild: Rebuild }

/** A thread for the pipelines, which loads their modules meanwhile. */
export function loadPipelinesThread(
  logger: Logger,
  onBatch: (batch: ThreadBatch) => void = () => undefined,
): { start(spec: PipelinesSpec): Promise<PipelinesThread>; stop(): Promise<void> } {
  giveThreadsRoom(HEAP_FIRST_MB)
  const loaded = loadWorker<PipelinesSpec, ThreadMessage>(
    new URL('./entry.ts', import.meta.url),
    'the pipelines',
    {
      // Decoded events live for a stretch of 500, about a megabyte: a young generation of many such is collected seldom,
      // finds little alive, and leaves room for the two batches that are under way. The old one holds a tenth of its limit;
      // from 2 GB on V8 would let it grow fourfold before it looks.
      resourceLimits: { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 512 },
    },
    logger,
    (message) => message.kind === 'batch' && onBatch(message),
  )
  return {
    /** Resolves when they have joined their groups. */
    async start(spec) {
      const { ended, stop, worker } = await loaded.start(spec)
      return { ended, rebuild: askForRebuilds(worker, ended), stop }
    },
    stop: loaded.stop,
  }
}

/** What a backfill holds at any time: looking for garbage among less finds little, and took a third of the engine's time. */
const HEAP_FIRST_MB = 96
