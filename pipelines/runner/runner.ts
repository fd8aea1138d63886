import type { Claim, Consumer } from '../log/port.ts'
import { type DoneBatch, workClaim } from './claim.ts'
import { RUNNER_DEFAULTS, type RunnerDeps, type RunnerOptions } from './options.ts'
import type { Pipeline } from './stage.ts'
import { createTurns } from './turns.ts'

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
  const turns = createTurns(options.turns)
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
            turns,
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
