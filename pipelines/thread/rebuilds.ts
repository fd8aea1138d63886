import type { MessagePort, Worker } from 'node:worker_threads'
import type { RebuildReport, RebuildRequest, RebuildStep } from '../rebuild/rebuild.ts'

/**
 * Rebuilds are asked for in one thread and carried out in that of the pipelines, which writes the topic that tells of
 * changed windows.
 */
export type RebuildAsked =
  | { readonly kind: 'rebuild'; readonly number: number; readonly request: RebuildRequest }
  | { readonly kind: 'rebuild stop'; readonly number: number }

export type RebuildTold =
  | { readonly kind: 'rebuild step'; readonly number: number; readonly step: RebuildStep }
  | { readonly kind: 'rebuild done'; readonly number: number; readonly report: RebuildReport }
  | { readonly kind: 'rebuild failed'; readonly number: number; readonly message: string }

export type Rebuild = (
  request: RebuildRequest,
  onStep: (step: RebuildStep) => void,
  signal: AbortSignal,
) => Promise<RebuildReport>

/** The side that asks. Pending rebuilds fail with the thread. */
export function askForRebuilds(worker: Worker, ended: Promise<void>): Rebuild {
  let asked = 0
  return (request, onStep, signal) => {
    const number = asked++
    const { promise, reject, resolve } = Promise.withResolvers<RebuildReport>()
    const say = (message: RebuildAsked) => worker.postMessage(message)
    const stop = () => say({ kind: 'rebuild stop', number })
    const hear = (message: RebuildTold) => {
      if (!('number' in message) || message.number !== number) return
      if (message.kind === 'rebuild step') onStep(message.step)
      else if (message.kind === 'rebuild done') resolve(message.report)
      else reject(new Error(message.message))
    }
    worker.on('message', hear)
    signal.addEventListener('abort', stop)
    ended.then(() => reject(new Error('the engine is stopping')), reject)
    say({ kind: 'rebuild', number, request })
    if (signal.aborted) stop()
    return promise.finally(() => {
      worker.off('message', hear)
      signal.removeEventListener('abort', stop)
    })
  }
}

/** The side that carries them out. @returns takes one message */
export function answerRebuilds(port: MessagePort, rebuild: Rebuild): (message: RebuildAsked) => void {
  const stops = new Map<number, AbortController>()
  const say = (message: RebuildTold) => port.postMessage(message)
  return (message) => {
    const { number } = message
    if (message.kind === 'rebuild stop') {
      stops.get(number)?.abort(new Error('the rebuild was stopped'))
      return
    }
    const stop = new AbortController()
    stops.set(number, stop)
    rebuild(message.request, (step) => say({ kind: 'rebuild step', number, step }), stop.signal)
      .then(
        (report) => say({ kind: 'rebuild done', number, report }),
        (error: Error) => say({ kind: 'rebuild failed', number, message: error.message }),
      )
      .finally(() => stops.delete(number))
  }
}
