import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { Logger } from '../runner/options.ts'

/** What every thread of ours says; more kinds are its own. */
export type WorkerMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }

/** What every thread of ours is told: first with what to begin, and in the end to stop. */
export type WorkerRequest = { readonly kind: 'stop' }

/** A thread that loads its modules, and waits to be told with what to begin. */
export type LoadedWorker<Spec> = {
  readonly worker: Worker
  /** @throws what the thread failed with before it had started */
  start(spec: Spec): Promise<RunningWorker>
  /** Ends it, whether it was started or not. */
  stop(): Promise<void>
}

export type RunningWorker = {
  readonly worker: Worker
  /** Rejects when the thread cannot go on by itself. */
  readonly ended: Promise<void>
  /** Asks it to end what it does, and waits for that. */
  stop(): Promise<void>
}

/**
 * Runs a module as a thread that says when it has started, and stops when asked to. It is started in two steps because
 * loading a thread's modules takes a second of processor time, which others of the process need not wait for.
 *
 * @param name  for messages: `the pipelines`
 * @param hear  gets all messages
 */
export function loadWorker<Spec, Message extends { readonly kind: string }>(
  module: URL,
  name: string,
  options: WorkerOptions,
  logger: Logger,
  hear: (message: Message) => void = () => undefined,
): LoadedWorker<Spec> {
  const worker = new Worker(module, options)
  const started = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  // Their owner may look at them late; a failure must not be an unhandled rejection meanwhile.
  started.promise.catch(() => undefined)
  ended.promise.catch(() => undefined)
  let stopping = false
  let asked = false

  const fail = (error: Error) => {
    started.reject(error)
    ended.reject(error)
    stopped.resolve()
  }
  worker.on('message', (said: WorkerMessage | Message) => {
    hear(said as Message)
    const message = said as WorkerMessage
    if (message.kind === 'log') logger[message.level](message.text)
    else if (message.kind === 'started') started.resolve()
    else if (message.kind === 'stopped') stopped.resolve()
    else if (message.kind === 'failed') fail(new Error(`${name} stopped: ${message.message}`, { cause: message.stack }))
  })
  worker.on('error', (error) => fail(new Error(`the thread of ${name} died`, { cause: error })))
  worker.on('exit', (code) => {
    if (!stopping) fail(new Error(`the thread of ${name} ended by itself (code ${code})`))
    stopped.resolve()
  })
  const stop = async () => {
    stopping = true
    if (asked) {
      worker.postMessage({ kind: 'stop' } satisfies WorkerRequest)
      await stopped.promise
    }
    await worker.terminate()
    ended.resolve()
  }
  return {
    worker,
    async start(spec) {
      asked = true
      worker.postMessage(spec)
      await started.promise
      return { worker, ended: ended.promise, stop }
    },
    stop,
  }
}
