import { FRAME_HEADER_BYTES, type FrameHeader, payloadIsWhole, readFrameHeader } from './frame.ts'
import type { LogFile, LogFs } from './fs.ts'
import { type Meta, type MetaWrite, segmentKey, tailKey } from './meta.ts'
import {
  type ClosedSegment,
  corrupt,
  errorCode,
  listSegments,
  nextSegment,
  type PartitionPlace,
  segmentPath,
  type Tail,
} from './segment.ts'
import { FileWindow } from './window.ts'

const SCAN_BYTES = 1_048_576

type RecoverMeta = Pick<Meta, 'tail' | 'closedSegments' | 'write'>

export type Recovered = {
  readonly start: number
  readonly tail: Tail
  /** Bytes behind the recorded end that were no whole frames and are gone. */
  readonly cut_bytes: number
}

/**
 * Brings the segment files of a partition and its recorded end together.
 *
 * Up to the recorded end everything was acknowledged: a file that is missing, too short or ends in a damaged frame is
 * refused. (Frames further back are checked when they are read; checking them here would read the whole log.) Behind
 * it nothing was: whole frames are kept, since their transaction may be all that was lost, and the rest is cut.
 *
 * @throws LogError log_corrupt, format_too_new
 */
export async function recoverPartition(fs: LogFs, meta: RecoverMeta, place: PartitionPlace): Promise<Recovered> {
  const recorded = meta.tail(place.topic, place.partition)
  const closed = meta.closedSegments(place.topic, place.partition)
  const start = closed[0]?.base ?? recorded.segment
  const found = await listSegments(fs, place)
  await checkClosed(fs, place, closed, recorded)
  const newer = found.filter((base) => base > recorded.segment)
  const older = found.filter((base) => base < start)
  const unexpected = found.find(
    (base) => base >= start && base < recorded.segment && !closed.some((c) => c.base === base),
  )
  if (unexpected !== undefined) throw corrupt(place, unexpected, 0, 'the log has no record of this segment')
  // Retention had forgotten these already when the process ended.
  for (const base of older) await fs.unlink(segmentPath(place, base))

  const scanned = await scanOn(fs, place, recorded, newer)
  if (scanned.writes.length > 0) await meta.write(scanned.writes)
  return { start, tail: scanned.tail, cut_bytes: scanned.cut_bytes }
}

async function checkClosed(
  fs: LogFs,
  place: PartitionPlace,
  closed: readonly ClosedSegment[],
  tail: Tail,
): Promise<void> {
  let expected = closed[0]?.base ?? tail.segment
  for (const segment of closed) {
    if (segment.base !== expected) throw corrupt(place, expected, 0, 'the log has no record of this segment')
    await withFile(fs, place, segment.base, async (file) => {
      const bytes = await file.size()
      if (bytes === segment.bytes) return
      throw corrupt(place, segment.base, Math.min(bytes, segment.bytes), `${bytes} bytes instead of ${segment.bytes}`)
    })
    expected = segment.end
  }
  if (expected !== tail.segment) throw corrupt(place, expected, 0, 'the log has no record of this segment')
}

type Scan = { readonly tail: Tail; readonly cut_bytes: number }

/** Follows whole frames from the recorded end on, through segments that were begun after it. */
async function scanOn(fs: LogFs, place: PartitionPlace, recorded: Tail, newer: readonly number[]) {
  const writes: MetaWrite[] = []
  const rest = [...newer]
  let tail = recorded
  let cut_bytes = 0
  let torn = false
  for (let base: number | undefined = recorded.segment; base !== undefined && !torn; ) {
    const scan: Scan | undefined = await withFile(fs, place, base, (file) => scanSegment(file, place, tail), recorded)
    tail = scan?.tail ?? tail
    cut_bytes += scan?.cut_bytes ?? 0
    torn = (scan?.cut_bytes ?? 0) > 0
    base = torn || tail.position === 0 ? undefined : rest.find((each) => each === tail.end)
    if (base !== undefined) {
      rest.splice(rest.indexOf(base), 1)
      const next = nextSegment(tail)
      writes.push({ key: segmentKey(place.topic, place.partition, next.closed.base), value: next.closed })
      tail = next.tail
    }
  }
  // Nothing leads to these: whatever came before them never reached the disk.
  for (const base of rest) await fs.unlink(segmentPath(place, base))
  if (rest.length > 0) await fs.syncDir(place.dir)
  if (tail !== recorded) writes.push({ key: tailKey(place.topic, place.partition), value: tail })
  return { tail, cut_bytes, writes }
}

async function scanSegment(file: LogFile, place: PartitionPlace, from: Tail): Promise<Scan> {
  const bytes = await file.size()
  if (bytes < from.position) {
    throw corrupt(place, from.segment, bytes, `the file ends here, ${from.position} bytes were acknowledged`)
  }
  const window = new FileWindow(file)
  if (from.last_frame >= 0) await checkLastFrame(window, place, from, bytes)
  let tail = from
  for (;;) {
    const header = await wholeFrame(window, tail.position, bytes)
    if (header === undefined || header.base_offset !== tail.end || header.count === 0) break
    const frame_bytes = FRAME_HEADER_BYTES + header.payload_bytes
    // A flush that failed in the process before leaves pages that read well and were never written. Writing them
    // once more makes the flush below mean what it says.
    const at = window.find(tail.position, frame_bytes)
    await file.write([window.buffer.subarray(at, at + frame_bytes)], tail.position)
    tail = {
      ...tail,
      end: tail.end + header.count,
      last_frame: tail.position,
      position: tail.position + frame_bytes,
      oldest_ms: tail.last_frame < 0 ? header.timestamp_ms : tail.oldest_ms,
      newest_ms: Math.max(tail.newest_ms, header.timestamp_ms),
    }
  }
  const cut_bytes = bytes - tail.position
  if (cut_bytes > 0) await file.truncate(tail.position)
  if (cut_bytes > 0 || tail !== from) await file.datasync()
  return { tail, cut_bytes }
}

async function checkLastFrame(window: FileWindow, place: PartitionPlace, tail: Tail, bytes: number): Promise<void> {
  const header = await wholeFrame(window, tail.last_frame, bytes)
  const fits =
    header !== undefined &&
    header.base_offset + header.count === tail.end &&
    tail.last_frame + FRAME_HEADER_BYTES + header.payload_bytes === tail.position
  if (!fits) throw corrupt(place, tail.segment, tail.last_frame, 'the last acknowledged frame is damaged')
}

async function wholeFrame(window: FileWindow, position: number, bytes: number): Promise<FrameHeader | undefined> {
  const header_at = await window.load(position, FRAME_HEADER_BYTES, Math.min(SCAN_BYTES, bytes - position))
  const header = header_at < 0 ? undefined : readFrameHeader(window.buffer, header_at)
  if (header === undefined) return undefined
  const frame_bytes = FRAME_HEADER_BYTES + header.payload_bytes
  const at = await window.load(position, frame_bytes, frame_bytes)
  return at >= 0 && payloadIsWhole(header, window.buffer, at + FRAME_HEADER_BYTES) ? header : undefined
}

/** With `optional`: a segment of which nothing was acknowledged need not be there. */
async function withFile<T>(
  fs: LogFs,
  place: PartitionPlace,
  base: number,
  work: (file: LogFile) => Promise<T>,
  optional?: Tail,
): Promise<T | undefined> {
  let file: LogFile
  try {
    file = await fs.open(segmentPath(place, base), 'write')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    if (optional !== undefined && (base !== optional.segment || optional.position === 0)) return undefined
    throw corrupt(place, base, 0, 'the file is missing')
  }
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
