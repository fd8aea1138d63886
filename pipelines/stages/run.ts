import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../log/port.ts'
import { StoreError } from '../store/errors.ts'
import type { Stage, StageDeps } from './stage.ts'

/**
 * Runs stages side by side until the signal. One whose dependency fails is run anew, after pauses that double up to
 * {@link PAUSE_MAX_MS}.
 *
 * @throws the first error that is our own mistake; the other stages are stopped then
 */
export async function runStages(stages: readonly Stage[], deps: StageDeps, signal: AbortSignal): Promise<void> {
  const failed = new AbortController()
  const until = AbortSignal.any([signal, failed.signal])
  const endings = await Promise.allSettled(
    stages.map((stage) =>
      keepRunning(stage, deps, until).catch((error) => {
        failed.abort()
        throw error
      }),
    ),
  )
  for (const ending of endings) if (ending.status === 'rejected') throw ending.reason
}

async function keepRunning(stage: Stage, deps: StageDeps, signal: AbortSignal): Promise<void> {
  let pause_ms = PAUSE_MIN_MS
  while (!signal.aborted) {
    const began = deps.steady()
    try {
      await stage.run(deps, signal)
      if (signal.aborted) return
      throw new Error(`the stage ${stage.name} ended by itself`)
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error)) throw error
      if (deps.steady() - began > PAUSE_MAX_MS) pause_ms = PAUSE_MIN_MS
      deps.logger.warn(`${stage.name} goes on in ${pause_ms / 1000} s: ${(error as Error).message}`)
      await sleep(pause_ms, undefined, { signal }).catch(() => undefined)
      pause_ms = Math.min(pause_ms * 2, PAUSE_MAX_MS)
    }
  }
}

/** Whether the same may work in a moment. A log that is closed or corrupt will not. */
function isPassing(error: unknown): boolean {
  if (error instanceof StoreError) return error.retryable
  return error instanceof LogError && !LASTING.has(error.code)
}

const LASTING: ReadonlySet<string> = new Set(['log_corrupt', 'log_locked', 'log_closed', 'format_too_new'])
const PAUSE_MIN_MS = 500
const PAUSE_MAX_MS = 30_000
