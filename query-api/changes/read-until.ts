import type { Clock } from '../../pipelines/clock.ts'
import { type Log, LogError } from '../../pipelines/log/port.ts'
import type { PipelineGroup } from '../deps.ts'

/**
 * The instant up to which everything that was received can be queried now, less a margin: whoever asks next for changes
 * since then misses nothing, and is told of some again. What is received is stamped by the log, in the order of its
 * partitions, so the oldest record that a pipeline has not committed bounds it.
 *
 * @returns ms since 1970; undefined where the log does not answer
 */
export async function readUntil(log: Log, groups: readonly PipelineGroup[], clock: Clock): Promise<number | undefined> {
  const now_ms = clock()
  try {
    const waiting = await Promise.all(groups.map((group) => oldestWaiting(log, group)))
    return Math.min(now_ms, ...waiting.flat()) - MARGIN_MS
  } catch (error) {
    if (error instanceof LogError) return undefined
    throw error
  }
}

/** Other machines' clocks, and what was stamped but is not written yet. */
const MARGIN_MS = 10_000

async function oldestWaiting(log: Log, { group, topic }: PipelineGroup): Promise<number[]> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.groupOffsets(group, topic)])
  const records = await Promise.all(
    bounds.map(({ end, start }, partition) => {
      const from = Math.max(start, committed[partition]?.offset ?? -1)
      return from >= end ? [] : log.read(topic, partition, from, { records_max: 1, bytes_max: 1, wait_ms: 0 })
    }),
  )
  return records.flat().map(({ timestamp_ms }) => timestamp_ms)
}
