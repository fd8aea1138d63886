import type { Committed, LogRecord, PollOptions } from '../../pipelines/log/port.ts'

/** What outlives a close: give it to the next log to open the same data again. */
export type MemoryDisk = {
  readonly topics: Map<string, MemoryPartition[]>
  readonly places: Map<string, Committed>
  readonly generations: Map<string, number>
}

export type MemoryPartition = { readonly records: LogRecord[]; readonly waiters: Set<() => void> }

export function newMemoryDisk(): MemoryDisk {
  return { topics: new Map(), places: new Map(), generations: new Map() }
}

/** Records from `offset` on: waits for the first, never for more; `stop` ends the wait with an empty list. */
export async function readFrom(
  source: MemoryPartition,
  offset: number,
  poll: PollOptions,
  stop?: AbortSignal,
): Promise<LogRecord[]> {
  if (source.records.length <= offset && poll.wait_ms > 0) await arrival(source, poll.wait_ms, stop)
  const out: LogRecord[] = []
  let bytes = 0
  for (let at = offset; at < source.records.length && out.length < poll.records_max; at += 1) {
    const record = source.records[at]!
    bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (bytes > poll.bytes_max && out.length > 0) break
    out.push(record)
  }
  return out
}

function arrival(source: MemoryPartition, wait_ms: number, stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      source.waiters.delete(done)
      stop?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, wait_ms)
    source.waiters.add(done)
    stop?.addEventListener('abort', done)
  })
}
