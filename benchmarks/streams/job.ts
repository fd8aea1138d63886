import type { LogShare } from '../../pipelines/log/embedded/open.ts'
import type { StoreOptions } from '../../pipelines/store/client.ts'
import type { VaultOptions } from '../../pipelines/vault/open.ts'
import type { StreamSpec } from '../../schemas/streams.ts'

/** The log of a benchmark: a folder of its own, or brokers. */
export type LogPlace =
  | { readonly kind: 'embedded'; readonly dir: string }
  | { readonly kind: 'kafka'; readonly brokers: string }

/** What a process of `engine.ts` is told: which stream to run over which log, and when it is done. Plain data. */
export type EngineJob = {
  readonly log: LogPlace
  readonly store: StoreOptions
  readonly vault: VaultOptions
  readonly stream: StreamSpec
  readonly task: { readonly kind: 'drain'; readonly ends: readonly number[] } | Paced
}

/** Events are put on the topic at a rate, and the windows are asked when they are in. */
export type Paced = {
  readonly kind: 'paced'
  readonly events_per_s: number
  readonly seconds: number
  /** At the beginning, not counted. */
  readonly warm_up_s: number
}

export type EngineSays =
  | { readonly kind: 'begun' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'log'; readonly text: string }
  | ({ readonly kind: 'done' } & EngineDone)

export type EngineDone = {
  /** From the first record fetched to the commit of the last offset. */
  readonly seconds: number
  /** Of the process, meanwhile. */
  readonly cpu_s: number
  readonly records: number
  readonly rows: number
  readonly batches: number
  /** Of a paced task: from when an event was due to when its window had it, in ms, for each group of events. */
  readonly latencies: readonly Latency[]
  /** What was put on the topic by a paced task. */
  readonly truth: ReadonlyMap<string, number>
}

export type Latency = { readonly ms: number; readonly events: number }

export type ThreadJob = Omit<EngineJob, 'log' | 'task'> & {
  readonly log:
    | {
        readonly kind: 'embedded'
        readonly share: LogShare
        readonly part: { readonly index: number; readonly of: number }
      }
    | { readonly kind: 'kafka'; readonly brokers: string }
}

export type ThreadSays =
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'log'; readonly text: string }
  /** The first record is about to be fetched. Times are of `steadyClock`, which all threads of a process share. */
  | { readonly kind: 'fetching'; readonly at_ms: number }
  | {
      readonly kind: 'batch'
      readonly partition: number
      readonly hi: number
      readonly records: number
      readonly rows: number
      readonly at_ms: number
    }
