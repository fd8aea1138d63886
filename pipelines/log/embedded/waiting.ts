import type { PollOptions } from '../port.ts'
import type { RecordBatch } from '../record-batch.ts'
import type { PartitionReader } from './reader.ts'
import type { SharedTable } from './shared.ts'

/**
 * Reads from `offset` on into `out`, waiting at the end for the next record until `wait_ms` have passed.
 *
 * @returns how many records
 * @param goesOn asked before every read; throws, or answers false to end the wait with nothing
 */
export async function readWaiting(
  reader: PartitionReader,
  shared: SharedTable,
  slot: number,
  offset: number,
  options: PollOptions,
  goesOn: () => boolean,
  out: RecordBatch,
): Promise<number> {
  const deadline = performance.now() + options.wait_ms
  while (goesOn()) {
    const count = await reader.read(offset, options, out)
    if (count > 0) return count
    const wait_ms = deadline - performance.now()
    if (wait_ms <= 0) break
    await awake(shared.endMoved(slot, offset, wait_ms), wait_ms)
  }
  return 0
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
