import type { LogRecord, PollOptions } from '../port.ts'
import type { PartitionReader } from './reader.ts'
import type { SharedTable } from './shared.ts'

/**
 * Reads from `offset` on, waiting at the end for the next record until `wait_ms` have passed.
 *
 * @param goesOn asked before every read; throws, or answers false to end the wait with an empty list
 */
export async function readWaiting(
  reader: PartitionReader,
  shared: SharedTable,
  slot: number,
  offset: number,
  options: PollOptions,
  goesOn: () => boolean,
): Promise<LogRecord[]> {
  const deadline = performance.now() + options.wait_ms
  while (goesOn()) {
    const records = await reader.read(offset, options)
    if (records.length > 0) return records
    const wait_ms = deadline - performance.now()
    if (wait_ms <= 0) break
    await awake(shared.endMoved(slot, offset, wait_ms), wait_ms)
  }
  return []
}

const TIMER_MS_MAX = 2 ** 31 - 1

/**
 * `Atomics.waitAsync` does not count as work, nor does its own timeout: a process that only waits here would end. So a
 * timer waits beside it, and whichever is first wakes the reader.
 */
async function awake(waiting: Promise<void>, wait_ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.min(wait_ms, TIMER_MS_MAX))
  await Promise.race([waiting, late])
  clearTimeout(timer)
}
