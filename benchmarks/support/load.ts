import { Worker } from 'node:worker_threads'
import type { Bench } from '../benchmark.ts'
import { summary } from './statistics.ts'

export type LoadOptions = {
  readonly url: string
  readonly key: string
  readonly events_per_s: number
  readonly events_a_request: number
  /** Part of every id. */
  readonly stream: string
}

/** What the thread tells at its end. */
export type LoadCounts = {
  readonly accepted: number
  /** Events of requests that were not answered 202, by status or error code. */
  readonly refused: Readonly<Record<string, number>>
  /** From the moment a request was due, not from when it was sent. */
  readonly accept_ms: readonly number[]
  readonly seconds: number
}

export type Load = { stop(): Promise<LoadReport> }
export type LoadReport = Omit<LoadCounts, 'accept_ms'> & {
  readonly events_refused: number
  readonly events_per_s: number
  readonly accept: ReturnType<typeof summary>
}

/**
 * Sends events at a rate from a thread of its own, open loop: a request is sent when it is due, whether or not the
 * ones before it have been answered, so that a slow answer cannot slow the questions down.
 */
export function startLoad(bench: Bench, options: LoadOptions): Load {
  // Callers may hand over a whole engine; only these can be posted to a thread.
  const { events_a_request, events_per_s, key, stream, url } = options
  const workerData = { events_a_request, events_per_s, key, stream, url } satisfies LoadOptions
  const worker = new Worker(new URL('./load-thread.ts', import.meta.url), { workerData })
  const ended = Promise.withResolvers<LoadCounts>()
  ended.promise.catch(() => undefined)
  worker.once('message', ended.resolve)
  worker.once('error', ended.reject)
  worker.once('exit', () => ended.reject(new Error('the thread of the load ended by itself')))
  bench.cleanup.defer(async () => void (await worker.terminate()))
  return {
    async stop() {
      worker.postMessage('stop')
      const { accept_ms, ...counts } = await ended.promise
      const events_refused = Object.values(counts.refused).reduce((sum, events) => sum + events, 0)
      return {
        ...counts,
        events_refused,
        events_per_s: Math.round(counts.accepted / counts.seconds),
        accept: summary(accept_ms),
      }
    },
  }
}
