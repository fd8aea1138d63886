import { join } from 'node:path'
import { systemClock } from '../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../pipelines/log/embedded/open.ts'
import type { Log, LogRecord } from '../../../pipelines/log/port.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { makeHome, type Stack } from './stack.ts'

/** `omnify up`: one process, and its store's. */
export async function startEmbedded(): Promise<Stack> {
  const home = await makeHome()
  const engine = home.unit('engine', ['up'])
  await engine.start()
  return {
    log: 'embedded',
    home,
    ingest: engine,
    query: engine,
    store: engine,
    workers: [engine],
    units: [engine],
    async readLog() {
      const log = await openEmbeddedLog({ dir: join(home.dir, 'log'), writes: [], clock: systemClock })
      try {
        return await readEvents(log)
      } finally {
        await log.close()
      }
    },
    async stop() {
      if (engine.url() !== undefined) await engine.stop()
    },
    close: async () => {},
  }
}

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
