import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandContext } from '../command.ts'
import { prepareHome } from './home.ts'
import { stderrLogger } from './logger.ts'
import { openStore, STORE_NOTE } from './store.ts'

/** Serves the embedded store to other processes of this machine, until the signal. */
export async function serveStore({ config, signal, stderr, stdout }: CommandContext): Promise<number> {
  if (config.clickhouseUrl !== undefined)
    throw new Error('CLICKHOUSE_URL names a server: there is no embedded store to serve')
  await prepareHome(config.home)
  const { access, stop } = await openStore(config, stderrLogger(stderr, { info: true }), 'own')
  const note = join(config.home, STORE_NOTE)
  try {
    await writeFile(note, JSON.stringify(access), { mode: 0o600 })
    stdout.write(`the store answers at ${access.url}; others find it by OMNIFY_HOME=${config.home}\n`)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return 0
  } finally {
    await rm(note, { force: true })
    await stop()
  }
}
