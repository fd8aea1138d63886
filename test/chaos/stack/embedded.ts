import { join } from 'node:path'
import { systemClock } from '../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../pipelines/log/embedded/open.ts'
import { readTopic } from '../truth/read-log.ts'
import { type Env, makeHome, type Stack } from './stack.ts'

/** `omnify up`: one process, and its store's. */
export async function startEmbedded(env: Env = {}): Promise<Stack> {
  const home = await makeHome(env)
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
    async readLog(topic) {
      const log = await openEmbeddedLog({ dir: join(home.dir, 'log'), writes: [], clock: systemClock })
      try {
        return await readTopic(log, topic)
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
