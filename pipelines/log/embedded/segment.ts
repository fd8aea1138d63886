import { join } from 'node:path'
import { LogError } from '../port.ts'
import type { LogFs } from './fs.ts'

/** Where one partition's segments lie. A segment is named by the offset of its first record. */
export type PartitionPlace = { readonly topic: string; readonly partition: number; readonly dir: string }

/** How far a partition is written: the end of its last segment. */
export type Tail = {
  /** Offset of the next record. */
  readonly end: number
  /** Base offset of the last segment, and its length in bytes. */
  readonly segment: number
  readonly position: number
  /** Where the last frame of the segment begins; -1 when it has none. */
  readonly last_frame: number
  /** Times of the segment's first and last frame; 0 when it has none. */
  readonly oldest_ms: number
  readonly newest_ms: number
}

/** A segment that will not be written again. `end` is the offset behind its last record. */
export type ClosedSegment = {
  readonly base: number
  readonly end: number
  readonly bytes: number
  readonly newest_ms: number
}

export const EMPTY_TAIL: Tail = { end: 0, segment: 0, position: 0, last_frame: -1, oldest_ms: 0, newest_ms: 0 }

const SUFFIX = '.seg'
const NAME = /^\d{16}\.seg$/
const TOPIC = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}$/

export function partitionPlace(dir: string, topic: string, partition: number): PartitionPlace {
  return { topic, partition, dir: join(dir, 'topics', topic, String(partition)) }
}

export function segmentPath(place: PartitionPlace, base: number): string {
  return join(place.dir, String(base).padStart(16, '0') + SUFFIX)
}

/** Base offsets of the segment files of a partition, ascending. A folder that is not there has none. */
export async function listSegments(fs: LogFs, place: PartitionPlace): Promise<number[]> {
  try {
    const names = await fs.readdir(place.dir)
    return names
      .filter((name) => NAME.test(name))
      .map((name) => Number(name.slice(0, -SUFFIX.length)))
      .sort((a, b) => a - b)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** The tail right after the last segment was closed and a new one begun. */
export function nextSegment(tail: Tail): { readonly closed: ClosedSegment; readonly tail: Tail } {
  return {
    closed: { base: tail.segment, end: tail.end, bytes: tail.position, newest_ms: tail.newest_ms },
    tail: { ...EMPTY_TAIL, end: tail.end, segment: tail.end },
  }
}

/** Topic names become folder names. @throws LogError unknown_topic */
export function checkTopicName(name: string): void {
  if (!TOPIC.test(name)) {
    throw new LogError('unknown_topic', `topic name ${JSON.stringify(name)}: letters, digits, '.', '_' and '-' only`)
  }
}

/** A damage that the log will not read past, with what to do about it. */
export function corrupt(place: PartitionPlace, base: number, position: number, what: string): LogError {
  return new LogError(
    'log_corrupt',
    `${segmentPath(place, base)} at byte ${position} (topic ${place.topic}, partition ${place.partition}): ${what}. ` +
      'Nothing was changed. Stop the engine and restore the log directory from a backup; without one, start with a ' +
      'new OMNIFY_HOME and import the sources again, or read on behind the damage from a later offset.',
  )
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
