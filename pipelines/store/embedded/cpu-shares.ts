/**
 * Processor time of statements. The engine does not tell it of one of them, so what the process spends is shared out in
 * equal parts among those that run, each time one begins or ends. Merges in the background are shared out too.
 *
 * @param cpu_us  processor time of this process so far, in µs
 */
export function makeCpuShares(cpu_us: () => number = ofThisProcess): CpuShares {
  const running = new Set<{ us: number }>()
  let seen_us = cpu_us()

  function shareOut(): void {
    const now_us = cpu_us()
    for (const share of running) share.us += (now_us - seen_us) / running.size
    seen_us = now_us
  }

  function leave(share: { us: number }): void {
    shareOut()
    running.delete(share)
  }

  return {
    async measure(work) {
      shareOut()
      const share = { us: 0 }
      running.add(share)
      try {
        const result = await work()
        // Each look at the clock goes through all threads of the process: there is one at either end.
        leave(share)
        return { ...result, cpu_us: Math.round(share.us) }
      } catch (cause) {
        leave(share)
        throw cause
      }
    },
  }
}

export type CpuShares = {
  /** What a piece of work gave, with its processor time in µs. */
  measure<T extends object>(work: () => Promise<T>): Promise<T & { readonly cpu_us: number }>
}

function ofThisProcess(): number {
  const { system, user } = process.cpuUsage()
  return system + user
}
