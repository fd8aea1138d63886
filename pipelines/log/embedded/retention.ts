import type { LogFs } from './fs.ts'
import { type Meta, segmentKey, type Topic } from './meta.ts'
import { type ClosedSegment, errorCode, type PartitionPlace, segmentPath, type Tail } from './segment.ts'

export type Retained = { readonly segments: number; readonly bytes: number }

/**
 * Which segments of a partition may go, oldest first: whole ones, while they are past the topic's age or the partition
 * past its share of the topic's bytes, and never one with a record that a known group has not committed.
 *
 * @param committed_min smallest committed offset of all known groups; 0 while one of them has committed nothing
 */
export function expired(
  topic: Topic,
  closed: readonly ClosedSegment[],
  tail: Tail,
  committed_min: number,
  now_ms: number,
): ClosedSegment[] {
  const bytes_max = topic.retention_bytes / topic.partitions
  let bytes = closed.reduce((sum, segment) => sum + segment.bytes, tail.position)
  const gone: ClosedSegment[] = []
  for (const segment of closed) {
    const old = segment.newest_ms < now_ms - topic.retention_ms
    if (segment.end > committed_min || !(old || bytes > bytes_max)) break
    gone.push(segment)
    bytes -= segment.bytes
  }
  return gone
}

/** The smallest offset any known group still needs of a partition; Infinity when no group knows it. */
function committedMin(meta: Meta, place: PartitionPlace): number {
  return Math.min(
    Number.POSITIVE_INFINITY,
    ...meta.places(place.topic, place.partition).map(({ offset }) => Math.max(0, offset)),
  )
}

/** Whether everything in the segment being written is past its age and committed, so that it is worth closing. */
function tailExpired(topic: Topic, tail: Tail, committed_min: number, now_ms: number): boolean {
  return tail.last_frame >= 0 && tail.newest_ms < now_ms - topic.retention_ms && tail.end <= committed_min
}

/**
 * Deletes segments. The meta store forgets them first: a file it still knows must never be missing, while one that it
 * has forgotten is removed at the next opening.
 *
 * @param forgotten called between the two, to move the published start
 */
async function deleteSegments(
  fs: LogFs,
  meta: Meta,
  place: PartitionPlace,
  gone: readonly ClosedSegment[],
  forgotten: () => void,
): Promise<Retained> {
  if (gone.length === 0) return { segments: 0, bytes: 0 }
  await meta.write(gone.map(({ base }) => ({ key: segmentKey(place.topic, place.partition, base), value: undefined })))
  forgotten()
  for (const { base } of gone) {
    await fs.unlink(segmentPath(place, base)).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error
    })
  }
  return { segments: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** Applies a topic's retention to one of its partitions. `roll` closes the segment being written. */
export async function retainPartition(
  fs: LogFs,
  meta: Meta,
  place: PartitionPlace,
  topic: Topic,
  now_ms: number,
  roll: () => Promise<void>,
  publishStart: (start: number) => void,
): Promise<Retained> {
  const committed = committedMin(meta, place)
  if (tailExpired(topic, meta.tail(place.topic, place.partition), committed, now_ms)) await roll()
  const tail = meta.tail(place.topic, place.partition)
  const closed = meta.closedSegments(place.topic, place.partition)
  const gone = expired(topic, closed, tail, committed, now_ms)
  return deleteSegments(fs, meta, place, gone, () => publishStart(closed[gone.length]?.base ?? tail.segment))
}
