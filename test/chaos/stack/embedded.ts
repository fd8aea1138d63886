import { join } from 'node:path'
import { systemClock } from '../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../pipelines/log/embedded/open.ts'
import { readEvents } from '../truth/read-log.ts'
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
