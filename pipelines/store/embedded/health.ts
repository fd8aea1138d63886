import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks a process again and again whether it still answers. A process that hangs does not exit, so nobody else notices.
 * The answer comes from its event loop, not from the engine: a store that is only busy answers.
 *
 * @param ask     one question; rejects when there was no answer until the signal aborted
 * @param ended   settles when the process has ended; the watch ends with it
 * @param onHung  called once, after `failures_max` questions in a row without an answer
 */
export async function watchHealth(
  ask: (signal: AbortSignal) => Promise<void>,
  ended: Promise<unknown>,
  options: HealthOptions,
  onHung: (cause: unknown) => void,
): Promise<void> {
  const stop = new AbortController()
  void ended.then(() => stop.abort())
  for (let failures = 0; !stop.signal.aborted; ) {
    await delay(options.interval_ms, undefined, { signal: stop.signal, ref: false }).catch(() => {})
    if (stop.signal.aborted) return
    try {
      await ask(AbortSignal.any([stop.signal, AbortSignal.timeout(options.timeout_ms)]))
      failures = 0
    } catch (cause) {
      if (stop.signal.aborted) return
      failures++
      if (failures < options.failures_max) continue
      onHung(cause)
      return
    }
  }
}

export type HealthOptions = {
  readonly interval_ms: number
  readonly timeout_ms: number
  readonly failures_max: number
}

/** Half a minute without a sign of life: long enough for a machine that swaps. */
export const HEALTH: HealthOptions = { interval_ms: 5_000, timeout_ms: 5_000, failures_max: 3 }
