import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { LogError } from '../port.ts'
import { DiskGauge } from './disk.ts'
import { type EmbeddedLog, type LogShare, OpenLog } from './embedded-log.ts'
import { type LogFs, nodeFs } from './fs.ts'
import { lockDirectory } from './lock.ts'
import { type Meta, openMeta } from './meta.ts'
import { recoverPartition } from './recover.ts'
import { errorCode, partitionPlace } from './segment.ts'
import { newSharedMemory, openSharedTable, type SharedTable } from './shared.ts'

// Whoever opens a log needs these two names and no other file of this folder.
export type { EmbeddedLog, LogShare }

export type EmbeddedLogOptions = {
  /** Folder of the log, which the opener locks for its process. Give this or `share`. */
  readonly dir?: string
  /** From `share()` of the thread that has the folder open. */
  readonly share?: LogShare
  /** The topics that this thread writes. Each topic has one writing thread. */
  readonly writes: 'all' | readonly string[]
  /**
   * With several threads that join the same groups: which partitions of each topic are for the members here, those with
   * `partition % of === index`; all when absent.
   */
  readonly part?: { readonly index: number; readonly of: number }
  readonly clock: Clock
  readonly fs?: LogFs
  /** A segment is closed when it has this many bytes (default 64 MB) or is this old (default a day). */
  readonly segment_bytes?: number
  readonly segment_ms?: number
  /** Bytes that may wait to be written, over all partitions of this thread (default 64 MB); `log_slow` past it. */
  readonly queue_bytes_max?: number
  /** Appends are refused (`log_full`) while less of the disk is free (default 0: until it is really full). */
  readonly min_free_ratio?: number
  /** How long a rebalance waits for `onRevoked` (default 10 s). */
  readonly revoke_timeout_ms?: number
}

/** @throws LogError log_locked, log_corrupt, format_too_new */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { fs = nodeFs, share, clock } = options
  const dir = share?.dir ?? options.dir
  if (dir === undefined) throw new TypeError('openEmbeddedLog needs dir or share')
  await fs.mkdir(dir)
  const lock = share === undefined ? lockDirectory(dir) : undefined
  let meta: Meta | undefined
  try {
    meta = await openMetaOf(fs, dir)
    const shared = openSharedTable(share?.memory ?? newSharedMemory())
    const writes = (topic: string) => options.writes === 'all' || options.writes.includes(topic)
    // The opener looks after everything; a worker after its own topics, whose last worker may have been killed.
    const cut_bytes = await recoverAll(fs, dir, meta, shared, lock === undefined ? writes : () => true)
    const disk = new DiskGauge(fs, dir, clock)
    await disk.fresh()
    const { index, of } = options.part ?? { index: 0, of: 1 }
    const joins = (partition: number) => partition % of === index
    const { min_free_ratio = 0, revoke_timeout_ms = 10_000, queue_bytes_max = 64_000_000 } = options
    const { segment_bytes = 64_000_000, segment_ms = 86_400_000 } = options
    const limits = { segment_bytes, segment_ms, queue_bytes_max }
    return new OpenLog({
      ...{ fs, dir, meta, shared, clock, limits, writes, joins },
      ...{ disk, min_free_ratio, revoke_timeout_ms, cut_bytes, lock },
    })
  } catch (error) {
    await meta?.close()
    lock?.release()
    throw error
  }
}

/** A meta store that was lost must not pass for an empty log. */
async function openMetaOf(fs: LogFs, dir: string): Promise<Meta> {
  const meta = await openMeta(join(dir, 'meta'))
  if (!meta.is_new) return meta
  const topics = await fs.readdir(join(dir, 'topics')).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  if (topics.length === 0) {
    for (const made of [join(dir, 'meta'), dir]) await fs.syncDir(made)
    return meta
  }
  await meta.close()
  throw new LogError(
    'log_corrupt',
    `${join(dir, 'meta')} is missing or empty, but ${join(dir, 'topics')} has segments. Stop the engine and restore ` +
      'the whole log directory from a backup; without one, start with a new OMNIFY_HOME and import the sources again.',
  )
}

async function recoverAll(
  fs: LogFs,
  dir: string,
  meta: Meta,
  shared: SharedTable,
  mine: (topic: string) => boolean,
): Promise<number> {
  let cut_bytes = 0
  for (const [name, { slot, partitions }] of meta.topics()) {
    for (let partition = 0; mine(name) && partition < partitions; partition += 1) {
      const recovered = await recoverPartition(fs, meta, partitionPlace(dir, name, partition))
      shared.publishStart(slot + partition, recovered.start)
      shared.publish(slot + partition, recovered.tail)
      cut_bytes += recovered.cut_bytes
    }
  }
  return cut_bytes
}
