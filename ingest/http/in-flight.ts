import { comeAgain } from './problem.ts'

/** Bounds the bytes of bodies that are read, parsed and waiting for the log, over all requests. */
export type InFlight = {
  /** @throws RequestProblem `log_slow` (429) when there is no room now */
  take(bytes: number): () => void
  readonly bytes: number
}

export function makeInFlight(bytes_max: number): InFlight {
  let bytes = 0
  return {
    take(wanted) {
      // A single request is always let in, or one larger than the bound could never be.
      if (bytes > 0 && bytes + wanted > bytes_max) {
        throw comeAgain('log_slow', `More than ${bytes_max} bytes are waiting for the log. Nothing was taken.`, 1)
      }
      bytes += wanted
      return () => {
        bytes -= wanted
      }
    },
    get bytes() {
      return bytes
    },
  }
}
