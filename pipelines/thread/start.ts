import { Worker } from 'node:worker_threads'
import type { Logger } from '../runner/options.ts'
import type { Runner } from '../runner/runner.ts'
import { giveThreadsRoom } from './heap.ts'
import { askForRebuilds, type Rebuild } from './rebuilds.ts'
import type { PipelinesSpec, ThreadMessage, ThreadRequest } from './spec.ts'

export type ThreadBatch = Extract<ThreadMessage, { readonly kind: 'batch' }>

export type PipelinesThread = Runner & { readonly rebuild: Rebuild }

/** Runs the pipelines in a thread of their own. Resolves when they have joined their groups. */
export async function startPipelinesThread(
  spec: PipelinesSpec,
  logger: Logger,
  onBatch: (batch: ThreadBatch) => void = () => undefined,
): Promise<PipelinesThread> {
  giveThreadsRoom(HEAP_FIRST_MB)
  const worker = new Worker(new URL('./entry.ts', import.meta.url), {
    workerData: spec,
    // Decoded events live for a stretch of 500, about a megabyte: a young generation of many such is collected seldom,
    // finds little alive, and leaves room for the two batches that are under way. The old one holds a tenth of its limit;
    // from 2 GB on V8 would let it grow fourfold before it looks.
    resourceLimits: { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 512 },
  })
  const started = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  // The owner may look at it late; a failure must not be an unhandled rejection meanwhile.
  ended.promise.catch(() => undefined)
  let stopping = false

  const fail = (error: Error) => {
    started.reject(error)
    ended.reject(error)
    stopped.resolve()
  }
  worker.on('message', (message: ThreadMessage) => {
    if (message.kind === 'log') logger[message.level](message.text)
    else if (message.kind === 'batch') onBatch(message)
    else if (message.kind === 'started') started.resolve()
    else if (message.kind === 'stopped') stopped.resolve()
    else if (message.kind === 'failed')
      fail(new Error(`the pipelines stopped: ${message.message}`, { cause: message.stack }))
  })
  worker.on('error', (error) => fail(new Error('the thread of the pipelines died', { cause: error })))
  worker.on('exit', (code) => {
    if (!stopping) fail(new Error(`the thread of the pipelines ended by itself (code ${code})`))
    stopped.resolve()
  })
  await started.promise
  return {
    ended: ended.promise,
    rebuild: askForRebuilds(worker, ended.promise),
    async stop() {
      stopping = true
      worker.postMessage({ kind: 'stop' } satisfies ThreadRequest)
      await stopped.promise
      await worker.terminate()
      ended.resolve()
    },
  }
}

/** What a backfill holds at any time: looking for garbage among less finds little, and took a third of the engine's time. */
const HEAP_FIRST_MB = 96
