import type { Clock } from '../clock.ts'
import type { Claim, Consumer, Log } from '../log/port.ts'
import type { Store } from '../store/client.ts'
import { type DoneBatch, workClaim } from './claim.ts'
import type { Pipeline } from './stage.ts'

export type Logger = { info(text: string): void; warn(text: string): void; error(text: string): void }

export type RunnerDeps = {
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<void>
  /** A new unique name for a writer. */
  readonly newId: () => string
  readonly logger: Logger
}

export type RunnerOptions = {
  /** A batch ends at this many records, */
  readonly rows_max: number
  /** at this many bytes of values, */
  readonly bytes_max: number
  /** or when its first record has waited this long. */
  readonly linger_ms: number
  /** How long a poll of an empty partition waits. */
  readonly idle_ms: number
  readonly backoff_max_ms: number
  readonly fence_patience_ms: number
  /** A batch in work at shutdown may take this long before it is abandoned. */
  readonly stop_timeout_ms: number
}

export const RUNNER_DEFAULTS: RunnerOptions = {
  rows_max: 25_000,
  bytes_max: 16_000_000,
  linger_ms: 250,
  idle_ms: 1_000,
  backoff_max_ms: 5_000,
  fence_patience_ms: 10_000,
  stop_timeout_ms: 8_000,
}

export type Runner = {
  /** Stops fetching, finishes or abandons what is in work, commits, leaves the group. Resolves within 10 s. */
  stop(): Promise<void>
  /** Rejects when the pipeline cannot go on by itself: our own mistake, or a log that is gone for good. */
  readonly ended: Promise<void>
}

/** Runs one pipeline as a member of its consumer group: one writer loop per assigned partition. */
export async function startRunner(
  pipeline: Pipeline,
  deps: RunnerDeps,
  options: RunnerOptions = RUNNER_DEFAULTS,
  observe: { done?(batch: DoneBatch): void; failed?(claim: Claim, error: Error): void } = {},
): Promise<Runner> {
  const works = new Map<string, { claim: Claim; stopped: boolean; finished: Promise<void> }>()
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>()
  // The owner may look at `ended` late; an early failure must not be an unhandled rejection meanwhile.
  ended.catch(() => undefined)
  let stopping = false
  const ready = Promise.withResolvers<Consumer>()
  ready.promise.catch(() => undefined)

  const consumer = await deps.log.join(`omnify.${pipeline.name}`, [pipeline.topic], {
    onAssigned(claim) {
      if (stopping) return
      const work = { claim, stopped: false, finished: Promise.resolve() }
      works.set(keyOf(claim), work)
      work.finished = ready.promise
        .then((member) =>
          workClaim({
            pipeline,
            claim,
            consumer: member,
            log: deps.log,
            deps,
            options,
            stopped: () => work.stopped,
            done: (batch) => observe.done?.(batch),
            failed: (error) => {
              deps.logger.warn(`${pipeline.name} ${claim.topic}/${claim.partition}: ${error.message}`)
              observe.failed?.(claim, error)
            },
          }),
        )
        .catch(fail)
    },
    async onRevoked(claim) {
      const work = works.get(keyOf(claim))
      if (work === undefined) return
      works.delete(keyOf(claim))
      work.stopped = true
      await within(work.finished, options.stop_timeout_ms, deps.sleep)
    },
    onFailed: fail,
  })
  ready.resolve(consumer)

  return {
    ended,
    async stop() {
      stopping = true
      for (const work of works.values()) work.stopped = true
      await within(Promise.all([...works.values()].map((work) => work.finished)), options.stop_timeout_ms, deps.sleep)
      await consumer.close()
      end()
    },
  }
}

function keyOf(claim: Claim): string {
  return `${claim.topic}/${claim.partition}/${claim.generation}`
}

/** Waits for the work, but no longer than the time allowed: what is abandoned is done again by the next writer. */
async function within(work: Promise<unknown>, allowed_ms: number, sleep: (ms: number) => Promise<void>): Promise<void> {
  await Promise.race([work, sleep(allowed_ms)])
}
