import type { Logger } from '../runner/options.ts'
import type { Runner } from '../runner/runner.ts'
import { giveThreadsRoom } from './heap.ts'
import { askForRebuilds, type Rebuild } from './rebuilds.ts'
import type { PipelinesSpec, ThreadMessage } from './spec.ts'
import { startWorker } from './worker.ts'

export type ThreadBatch = Extract<ThreadMessage, { readonly kind: 'batch' }>

export type PipelinesThread = Runner & { readonly rebuild: Rebuild }

/** Runs the pipelines in a thread of their own. Resolves when they have joined their groups. */
export async function startPipelinesThread(
  spec: PipelinesSpec,
  logger: Logger,
  onBatch: (batch: ThreadBatch) => void = () => undefined,
): Promise<PipelinesThread> {
  giveThreadsRoom(HEAP_FIRST_MB)
  const { ended, stop, worker } = await startWorker<ThreadMessage>(
    new URL('./entry.ts', import.meta.url),
    'the pipelines',
    {
      workerData: spec,
      // Decoded events live for a stretch of 500, about a megabyte: a young generation of many such is collected seldom,
      // finds little alive, and leaves room for the two batches that are under way. The old one holds a tenth of its limit;
      // from 2 GB on V8 would let it grow fourfold before it looks.
      resourceLimits: { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 512 },
    },
    logger,
    (message) => message.kind === 'batch' && onBatch(message),
  )
  return { ended, rebuild: askForRebuilds(worker, ended), stop }
}

/** What a backfill holds at any time: looking for garbage among less finds little, and took a third of the engine's time. */
const HEAP_FIRST_MB = 96
