import type { Log, LogRecord } from '../log/port.ts'

/** A record, for readers outside of any group. */
export type Entry = {
  readonly offset: number
  /** When the log took it. */
  readonly at_ms: number
  readonly key: string
  readonly value: string
}

/**
 * One partition, for many readers who each have their own place: those at its end share one waiting read and are handed
 * what it brings, those behind read the log by themselves. Where nobody waits any more the reading soon ends.
 */
export type Feed = {
  /**
   * Entries from an offset on, at most {@link PAGE}; none when none came in time or the signal fired.
   *
   * @throws LogError, `offset_out_of_range` where retention has deleted the offset or nothing was there yet
   */
  read(offset: number, wait_ms: number, signal: AbortSignal): Promise<readonly Entry[]>
}

export function openFeed(log: Log, topic: string, partition: number): Feed {
  /** The newest entries, without a gap up to `end`. */
  let recent: Entry[] = []
  let bytes = 0
  /** Behind the last record that the waiting read has seen; undefined while there is none. */
  let end: number | undefined
  const waiting = new Set<Waiter>()
  let following = false

  async function follow(): Promise<void> {
    end = (await log.bounds(topic))[partition]!.end
    wake()
    for (;;) {
      const records = await log.read(topic, partition, end, { ...PAGE, wait_ms: FOLLOW_MS })
      // Only after a whole wait: who was just given something will be back.
      if (records.length === 0 && waiting.size === 0) return
      if (records.length === 0) continue
      for (const record of records) keep(entryOf(record))
      end = records.at(-1)!.offset + 1
      wake()
    }
  }

  function keep(entry: Entry): void {
    recent.push(entry)
    bytes += entry.value.length
    while (recent.length > RECENT.records_max || bytes > RECENT.bytes_max) bytes -= recent.shift()!.value.length
  }

  function wake(error?: Error): void {
    for (const waiter of [...waiting]) waiter(error)
  }

  function startFollowing(): void {
    if (following) return
    following = true
    void follow()
      .catch((error: Error) => wake(error))
      .finally(() => {
        following = false
        end = undefined
        recent = []
        bytes = 0
        // Who came while it ended would wait for nobody.
        if (waiting.size > 0) startFollowing()
      })
  }

  /** Resolves when the end has moved, or is known for the first time, or it is too late. */
  function moved(wait_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done: Waiter = (error) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        waiting.delete(done)
        if (error === undefined) resolve()
        else reject(error)
      }
      const stop = () => done()
      const timer = setTimeout(stop, wait_ms)
      signal.addEventListener('abort', stop)
      waiting.add(done)
      startFollowing()
    })
  }

  return {
    async read(offset, wait_ms, signal) {
      const deadline = performance.now() + wait_ms
      // The first look is at the log itself, so that a place which is gone is told at once.
      let seen: number | undefined
      while (!signal.aborted) {
        const held = recent[0] !== undefined && recent[0].offset <= offset
        if (held) {
          const found = recent.filter((entry) => entry.offset >= offset).slice(0, PAGE.records_max)
          if (found.length > 0) return found
        } else if (seen === undefined || seen !== end) {
          seen = end
          const records = await log.read(topic, partition, offset, { ...PAGE, wait_ms: 0 })
          if (records.length > 0) return records.map(entryOf)
          // The end may have moved during the read.
          if (seen !== end && end !== undefined) continue
        }
        const left_ms = deadline - performance.now()
        // The signal may have fired during the read, and fires once.
        if (left_ms <= 0 || signal.aborted) break
        await moved(left_ms, signal)
      }
      return []
    },
  }
}

/**
 * Where to begin to have everything since a time: the first record that the log took then or later, by halving. The log
 * takes records in the order of its clock, but for a clock that was set back.
 */
export async function offsetSince(log: Log, topic: string, partition: number, since_ms: number): Promise<number> {
  let { end: high, start: low } = (await log.bounds(topic))[partition]!
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = await log.read(topic, partition, middle, { records_max: 1, bytes_max: 1, wait_ms: 0 })
    if (record === undefined || record.timestamp_ms >= since_ms) high = middle
    else low = record.offset + 1
  }
  return low
}

/** The nearest offset to this one that can be read: later where retention has deleted it, earlier where nothing is yet. */
export async function heldOffset(log: Log, topic: string, partition: number, offset: number): Promise<number> {
  const { end, start } = (await log.bounds(topic))[partition]!
  return Math.min(Math.max(offset, start), end)
}

function entryOf({ key, offset, timestamp_ms, value }: LogRecord): Entry {
  return { offset, at_ms: timestamp_ms, key: key?.toString() ?? '', value: value?.toString() ?? '' }
}

type Waiter = (error?: Error) => void

export const PAGE = { records_max: 100, bytes_max: 1_000_000 } as const
/** Kept for readers at the end: what one of them may be behind without reading the log. */
const RECENT = { records_max: 500, bytes_max: 2_000_000 } as const
/** A waiting read is begun anew after this long; nobody notices. */
const FOLLOW_MS = 30_000
