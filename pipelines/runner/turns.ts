/**
 * Batches that may be in work at once, over all partitions of a process; the others wait, first come first served.
 * What waits stays on the log and is cut into one larger batch when its turn comes, and memory is bounded by the
 * batches in work and not by the number of partitions.
 */
export function createTurns(turns: number): Turns {
  const waiting: (() => void)[] = []
  let free = turns
  return {
    async take(work) {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        // Handed on without becoming free in between, so that nobody overtakes who waits.
        const next = waiting.shift()
        if (next === undefined) free++
        else next()
      }
    },
  }
}

export type Turns = {
  /** Runs `work` when it is its turn; the turn ends with it, however it ends. */
  take<T>(work: () => Promise<T>): Promise<T>
}
