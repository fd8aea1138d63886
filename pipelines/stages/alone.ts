import { TOPICS } from '../../schemas/topics.ts'
import type { Log } from '../log/port.ts'
import { holdPartitions } from './hold-partitions.ts'

/** Work that one process at a time may do. It ends soon after its signal. */
export type LoneWork = (signal: AbortSignal) => Promise<void>

/**
 * Runs work in one process of all that share a log. An embedded log has one process anyway; with Kafka it is the one
 * that holds the only partition of the window changes in a group of this name. Work that was taken away elsewhere may
 * overlap with its successor for some seconds: what it writes must be fenced, or the same whoever writes it.
 *
 * @throws what the work throws; LogError when the group cannot go on
 */
export async function runAlone(log: Log, name: string, work: LoneWork, signal: AbortSignal): Promise<void> {
  if (log.kind === 'embedded') return work(signal)
  const only = async (partition: number, own: AbortSignal) => {
    // An operator may have given the topic more.
    if (partition === 0) await work(own)
  }
  await holdPartitions(log, `omnify.${name}`, TOPICS.window_changes.name, only, signal)
}
