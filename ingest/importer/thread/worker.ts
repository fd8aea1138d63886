import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { ImportError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import type { Batch } from './batch.ts'
import { type Work, work } from './work.ts'

/** The thread: does the work, hands batches over, and waits while too many of them are not durable yet. */

export type WorkerInput = {
  readonly work: Work
  /** One Int32: batches handed over and not yet durable. Raised here, lowered (and notified) by the owner. */
  readonly in_flight: SharedArrayBuffer
}

export type WorkerMessage =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: ImportError['code']; readonly message: string }

const input = workerData as WorkerInput
const inFlight = new Int32Array(input.in_flight)
const port = parentPort!

function emit(batch: Batch): void {
  Atomics.add(inFlight, 0, 1)
  const message: WorkerMessage = { kind: 'batch', batch }
  port.postMessage(
    message,
    // An empty part keeps its buffer for the records to come.
    batch.parts.filter(({ count }) => count > 0).map(({ bytes }) => bytes.buffer),
  )
  for (;;) {
    const now = Atomics.load(inFlight, 0)
    if (now < LIMITS.batches_in_flight_max) return
    Atomics.wait(inFlight, 0, now)
  }
}

/** The memory of a batch that is durable comes back: new memory for each would cost more than filling it. */
function spare(): ArrayBuffer | undefined {
  return receiveMessageOnPort(port)?.message as ArrayBuffer | undefined
}

try {
  await work(input.work, emit, spare)
  const done: WorkerMessage = { kind: 'done' }
  port.postMessage(done)
} catch (error) {
  // Classes do not survive the way to the other thread; what the user must read does. Anything else is a mistake of
  // ours and ends the thread, whose owner hears of it by the `error` event.
  if (!(error instanceof ImportError)) throw error
  const failed: WorkerMessage = { kind: 'failed', code: error.code, message: error.message }
  port.postMessage(failed)
}
