import type { Log, LogRecord } from '../../../pipelines/log/port.ts'

/** All records of a topic, by partition. */
export async function readTopic(log: Log, name: string): Promise<LogRecord[][]> {
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
