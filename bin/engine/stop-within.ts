import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Stops a process in order, but no longer than its supervisor may be expected to wait: a fit of minutes cannot be
 * interrupted, and threads that give way to others get little of a busy machine. What is abandoned then is what a kill
 * would have cut off as well, and is done again at the next start.
 *
 * @param stop  the orderly way; what it throws before the time is over is thrown here
 * @param within_ms  how long it may take
 * @param onLate  told before the rest is abandoned; the caller ends the process then
 */
export async function stopWithin(stop: () => Promise<void>, within_ms: number, onLate: () => void): Promise<void> {
  const in_time = new AbortController()
  const stopping = stop().then(() => 'stopped' as const)
  // Late, it fails with nobody left to hear it.
  stopping.catch(() => undefined)
  const late = sleep(within_ms, 'late' as const, { signal: in_time.signal }).catch(() => 'stopped' as const)
  try {
    if ((await Promise.race([stopping, late])) === 'late') onLate()
  } finally {
    in_time.abort()
  }
}
