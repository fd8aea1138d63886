import type { Log, LogRecord } from '../../../pipelines/log/port.ts'
import { TOPICS } from '../../../schemas/topics.ts'

/** All records of the events topic, by partition. */
export async function readEvents(log: Log): Promise<LogRecord[][]> {
  const { name } = TOPICS.events
  const all: LogRecord[][] = []
  for (const [partition, { start, end }] of (await log.bounds(name)).entries()) {
    const records: LogRecord[] = []
    for (let offset = start; offset < end; ) {
      const more = await log.read(name, partition, offset, { records_max: 5_000, bytes_max: 5e7, wait_ms: 0 })
      if (more.length === 0) throw new Error(`nothing to read at ${partition}/${offset}, but the end is ${end}`)
      records.push(...more)
      offset = more.at(-1)!.offset + 1
    }
    all.push(records)
  }
  return all
}
