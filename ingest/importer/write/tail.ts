import type { Log } from '../../../pipelines/log/port.ts'

/** What a run wrote behind its checkpoint before it was stopped. */
export type Tail = {
  /** Events per partition. Within a partition they lie in the order of the file. */
  readonly events: readonly number[]
  /** Fingerprints (hex) of its rejects. */
  readonly rejects: ReadonlySet<string>
  /** Offset per partition behind the last of them; where there is none, as given. */
  readonly ends: readonly number[]
}

/**
 * Reads the log from a checkpoint on and counts the records of one run, so that a resumed import can leave out exactly
 * what is durable. It reads what was appended between two checkpoints (about a second), by others too.
 *
 * Records that retention has deleted are not counted and sent once more; the pipeline drops them as duplicates.
 */
export async function readTail(log: Log, topic: string, from: readonly number[], run: string): Promise<Tail> {
  const mark = Buffer.from(`"run":${JSON.stringify(run)}`)
  const bounds = await log.bounds(topic)
  const events: number[] = []
  const ends: number[] = []
  const rejects = new Set<string>()
  for (const [partition, { start, end }] of bounds.entries()) {
    let offset = Math.max(from[partition] ?? start, start)
    let behind = from[partition] ?? start
    let found = 0
    while (offset < end) {
      const records = await log.read(topic, partition, offset, { records_max: 5_000, bytes_max: 8 << 20, wait_ms: 0 })
      if (records.length === 0) break
      for (const record of records) {
        offset = record.offset + 1
        if (record.value === null || !record.value.includes(mark)) continue
        behind = offset
        // {"c":0, is a reject, {"c":1, an event.
        if (record.value[5] === 0x30) rejects.add(record.key!.toString('hex'))
        else found++
      }
    }
    events.push(found)
    ends.push(behind)
  }
  return { events, rejects, ends }
}
