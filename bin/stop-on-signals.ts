import { constants } from 'node:os'

/** A terminal, a launcher and a process supervisor may each pass on the same request within this time. */
const SAME_REQUEST_MS = 1_000

/**
 * The first SIGINT, SIGTERM or SIGHUP asks the command to stop and clean up; a later one, from somebody who will not
 * wait, ends the process at once with 128 + the signal's number.
 */
export function stopOnSignals(self: NodeJS.Process, stopping: AbortController): void {
  let asked_ms: number | null = null
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    self.on(signal, () => {
      const now_ms = performance.now()
      if (asked_ms === null) {
        asked_ms = now_ms
        stopping.abort(new Error(`stopped by ${signal}`))
      } else if (now_ms - asked_ms > SAME_REQUEST_MS) {
        self.exit(128 + constants.signals[signal])
      }
    })
  }
}
