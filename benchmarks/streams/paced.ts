import { setTimeout as sleep } from 'node:timers/promises'
import { steadyClock, systemClock } from '../../pipelines/clock.ts'
import { type AppendRecord, type Log, LogError } from '../../pipelines/log/port.ts'
import { connectStore, type Store } from '../../pipelines/store/client.ts'
import type { Truth } from '../ysb/input.ts'
import { PacedEvents } from '../ysb/paced-events.ts'
import type { EngineJob, Latency, Paced } from './job.ts'

/** Events that were due together, in one partition. */
type Group = { readonly due_ms: number; readonly partition: number; end: number; readonly events: number }

/**
 * Puts events on the topic when they are due, whether or not the ones before are in their windows, and asks the windows'
 * table all the time how far it is. An event's latency runs from when it was due to when the answer came that had it;
 * nothing is subtracted.
 */
export async function paced(
  { store: access, stream }: EngineJob,
  { events_per_s, seconds, warm_up_s }: Paced,
  log: Log,
): Promise<{ ends: number[]; latencies: Latency[]; truth: Truth }> {
  const store = connectStore(access)
  const partitions = await log.partitions(stream.topic)
  const input = new PacedEvents(partitions)
  const ends = (await log.bounds(stream.topic)).map(({ end }) => end)
  const waiting: Group[] = []
  const latencies: Latency[] = []
  let begun_ms = Infinity
  let sent = false
  let n = 0

  /** Puts the next events on the topic, up to the `to`-th. */
  const put = async (to: number, due_ms: number) => {
    const records: AppendRecord[][] = Array.from({ length: partitions }, () => [])
    const now_ms = Math.floor(systemClock())
    for (; n < to; n++) input.put(n, now_ms, records)
    const append = async (part: AppendRecord[], partition: number) => {
      if (part.length === 0) return
      const end = (await appended(log, stream.topic, partition, part)) + part.length
      ends[partition] = Math.max(ends[partition]!, end)
      waiting.push({ due_ms, partition, end, events: part.length })
    }
    await Promise.all(records.map(append))
  }
  const send = async () => {
    const under_way: Promise<void>[] = []
    const first = n
    for (let tick = 1; tick * TICK_MS <= seconds * 1000; tick++) {
      const due_ms = begun_ms + tick * TICK_MS
      await sleep(Math.max(0, due_ms - steadyClock()))
      under_way.push(put(first + Math.floor((tick * TICK_MS * events_per_s) / 1000), due_ms))
    }
    await Promise.all(under_way)
    sent = true
  }
  /** Until nothing waits and `over` says so. */
  const watch = async (over: () => boolean) => {
    const table = stream.windows[0]!.table
    while (!over() || waiting.length > 0) {
      const applied = await appliedOf(store, table)
      const now_ms = steadyClock()
      const left: Group[] = []
      for (const group of waiting.splice(0)) {
        if ((applied.get(group.partition) ?? 0) < group.end) left.push(group)
        else if (group.due_ms - begun_ms >= warm_up_s * 1000) {
          latencies.push({ ms: now_ms - group.due_ms, events: group.events })
        }
      }
      waiting.push(...left)
      await sleep(ASK_EVERY_MS)
    }
  }
  // The pace begins when the group has its partitions and the first windows are there.
  await put(FIRST, 0)
  await watch(() => true)
  begun_ms = steadyClock()
  await Promise.all([send(), watch(() => sent)])
  await store.close()
  return { ends, latencies, truth: input.truth }
}

/** Waits where the log has too much to write; the time is in the latency. */
async function appended(log: Log, topic: string, partition: number, part: readonly AppendRecord[]): Promise<number> {
  for (;;) {
    try {
      return await log.append(topic, partition, part)
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'log_slow')) throw error
      await sleep(SLOW_WAIT_MS)
    }
  }
}

/** Behind which offset the windows of each partition stand. A batch's windows are written by one insert: all or none is seen. */
async function appliedOf(store: Store, table: string): Promise<Map<number, number>> {
  const rows = await store.query<[number, string]>(
    `SELECT _partition, max(applied) FROM \`${table}\` GROUP BY _partition`,
    {},
    { format: 'JSONCompactEachRow' },
  )
  return new Map(rows.map(([partition, applied]) => [partition, Number(applied)]))
}

/** Enough for a view in every partition. */
const FIRST = 1_000
const TICK_MS = 10
const ASK_EVERY_MS = 25
const SLOW_WAIT_MS = 20
