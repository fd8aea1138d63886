import { Worker } from 'node:worker_threads'
import type { FitAnswer, FitMessage, FitRequest } from './message.ts'

/**
 * Computes a forecast in a thread of its own, whose memory is given back afterwards.
 *
 * @throws Error when the fit fails, or the signal fires
 */
export function runFit(request: FitRequest, signal: AbortSignal): Promise<FitAnswer> {
  const { transactions } = request
  const { promise, reject, resolve } = Promise.withResolvers<FitAnswer>()
  const worker = new Worker(new URL('./entry.ts', import.meta.url), {
    workerData: request,
    transferList: [
      transactions.counts.buffer,
      transactions.days.buffer,
      transactions.amounts.buffer,
      request.group_of.buffer,
    ],
    resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: heapMb(transactions.counts.length) },
  })
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  worker.on('message', (message: FitMessage) => {
    if (message.kind === 'answer') resolve(message.answer)
    else reject(new Error(`fitting customer value: ${message.message}`, { cause: message.stack }))
  })
  worker.on('error', (error) => reject(new Error('the thread that fits customer value died', { cause: error })))
  worker.on('exit', (code) => reject(new Error(`the thread that fits customer value ended (code ${code})`)))
  return promise.finally(async () => {
    signal.removeEventListener('abort', abort)
    await worker.terminate()
  })
}

/**
 * A bound that the collector works towards, and no fit passes: 130,000 customers with 200,000 orders fit into 200 MB, and
 * the thread is not to take what the process has for other things.
 */
function heapMb(customers: number): number {
  return Math.ceil(HEAP_MB_MIN + customers * HEAP_MB_A_CUSTOMER)
}

const HEAP_MB_MIN = 96
const HEAP_MB_A_CUSTOMER = 0.0016
