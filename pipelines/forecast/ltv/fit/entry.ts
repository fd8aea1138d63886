import { parentPort, workerData } from 'node:worker_threads'
import { computeFit } from './compute.ts'
import type { FitMessage, FitRequest } from './message.ts'

/** A thread for one fit: it takes seconds, in which the stages would neither detect nor tell anything. */
function answer(): FitMessage {
  try {
    return { kind: 'answer', answer: computeFit(workerData as FitRequest) }
  } catch (error) {
    // Whoever asked is told, and ends: what a fit cannot do is our own mistake.
    const { message, stack } = error as Error
    return { kind: 'failed', message, stack }
  }
}

parentPort!.postMessage(answer())
