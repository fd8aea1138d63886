import { join } from 'node:path'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { connectStore, type Store, type StoreOptions } from '../../pipelines/store/client.ts'
import { startEmbeddedStore } from '../../pipelines/store/embedded/supervisor.ts'
import { migrate } from '../../pipelines/store/migrate.ts'
import { PROJECT } from './machine.ts'

export type FreshStore = AsyncDisposable & {
  readonly store: Store
  /** For a thread that connects by itself. */
  readonly access: StoreOptions
  readonly pid: number
}

/** An embedded store with the tables and nothing in them, in a process of its own that is stopped on disposal. */
export async function openFreshStore(dir: string, logger: Logger): Promise<FreshStore> {
  const embedded = await startEmbeddedStore({ dir, clock: systemClock, randomBytes: systemRandomBytes, logger })
  try {
    const { password, url, user } = embedded
    const access = { url, user, password, database: 'omnify' }
    const admin = connectStore({ ...access, database: 'default' })
    await admin.command('CREATE DATABASE omnify')
    await admin.close()
    const store = connectStore(access)
    await migrate(store, join(PROJECT, 'schemas/migrations'))
    return {
      store,
      access,
      pid: embedded.pid(),
      async [Symbol.asyncDispose]() {
        await store.close()
        await embedded.stop()
      },
    }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

/** A logger that tells the progress line what needs attention. */
export function sayingLogger(say: (text: string) => void): Logger {
  return { info: () => undefined, warn: say, error: say }
}
