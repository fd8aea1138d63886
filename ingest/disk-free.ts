import { statfs } from 'node:fs/promises'
import type { Clock } from '../pipelines/clock.ts'

/** Share of a folder's disk that may still be written by this user, 0 to 1; at most a second old. */
export function makeDiskFree(folder: string, clock: Clock): () => Promise<number> {
  let known: Promise<number> | undefined
  let known_ms = 0
  return () => {
    if (known === undefined || clock() - known_ms > FRESH_MS) {
      known_ms = clock()
      known = statfs(folder).then(({ bavail, blocks }) => (blocks === 0 ? 1 : bavail / blocks))
    }
    return known
  }
}

const FRESH_MS = 1_000
