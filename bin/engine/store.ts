import { readFile } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { steadyClock, systemRandom, systemRandomBytes } from '../../pipelines/clock.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { connectStore, type Store, type StoreOptions } from '../../pipelines/store/client.ts'
import { type EmbeddedStore, startEmbeddedStore } from '../../pipelines/store/embedded/supervisor.ts'
import { migrate } from '../../pipelines/store/migrate.ts'
import { withRetry } from '../../pipelines/store/retry.ts'
import { checkServerVersion } from '../../pipelines/store/server-version.ts'
import type { Config } from '../config.ts'

export type OpenStore = {
  readonly store: Store
  /** What another thread or process connects with. */
  readonly access: StoreOptions
  readonly embedded: EmbeddedStore | undefined
  stop(): Promise<void>
}

/**
 * The store of this configuration, migrated and ready: a ClickHouse server, the embedded engine that `omnify run store`
 * serves for this home, or an embedded engine of our own in a child process.
 *
 * @param whose  `own` never uses the one that another process serves
 */
export async function openStore(config: Config, logger: Logger, whose: 'own' | 'any' = 'any'): Promise<OpenStore> {
  const served = whose === 'any' && config.kafkaBrokers !== undefined ? await servedStore(config.home) : undefined
  const embedded =
    config.clickhouseUrl === undefined && served === undefined
      ? await startEmbeddedStore({
          dir: join(config.home, 'store'),
          clock: steadyClock,
          randomBytes: systemRandomBytes,
          logger,
        })
      : undefined
  try {
    const access =
      embedded === undefined
        ? (served ?? remoteAccess(config.clickhouseUrl!))
        : { ...loginOf(embedded), database: DATABASE }
    await createDatabase(access, embedded === undefined)
    const store = connectStore(access)
    await migrate(store, MIGRATIONS)
    return {
      store,
      access,
      embedded,
      async stop() {
        await store.close()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

/**
 * The way to the store of what can be done later: in the embedded engine its statements get a third of the weight of a
 * question or an insert where both want the processor. A process that was started with less weight itself keeps it for
 * all of them, since the engine gives its threads the usual one back afterwards. Without CAP_SYS_NICE the engine leaves
 * them as they are (src/Interpreters/ThreadStatusExt.cpp); servers of others have rules of their own.
 */
export function givingWay(
  { access, embedded }: Pick<OpenStore, 'access' | 'embedded'>,
  nice = getPriority(),
): StoreOptions {
  if (embedded === undefined || nice !== 0) return access
  return { ...access, settings: { os_threads_nice_value_query: 5 } }
}

/** Where `omnify run store` leaves its address and secret, readable by the owner of the home only. */
export const STORE_NOTE = 'store.json'

async function servedStore(home: string): Promise<StoreOptions | undefined> {
  const text = await readFile(join(home, STORE_NOTE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as StoreOptions)
}

/** The database that BI tools see. */
export const DATABASE = 'omnify'
const MIGRATIONS = join(import.meta.dirname, '../../schemas/migrations')

function loginOf({ url, user, password }: EmbeddedStore) {
  return { url, user, password }
}

/** `http://user:password@host:8123/database` as the client wants it. */
function remoteAccess(text: string): StoreOptions {
  const url = new URL(text)
  const database = url.pathname.replace(/^\/+|\/+$/g, '') || DATABASE
  return {
    url: url.origin,
    user: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database,
  }
}

/** A server may start after us: it is waited for. What it refuses, a password say, is told at once. */
async function createDatabase(access: StoreOptions, isRemote: boolean): Promise<void> {
  const admin = connectStore({ ...access, database: 'default' })
  const create = () => admin.command(`CREATE DATABASE IF NOT EXISTS \`${access.database.replaceAll('`', '')}\``)
  const waiting = { clock: steadyClock, random: systemRandom, sleep, patience_ms: CONNECT_PATIENCE_MS }
  try {
    if (isRemote) await withRetry(() => checkServerVersion(admin), waiting)
    await (isRemote ? withRetry(create, waiting) : create())
  } finally {
    await admin.close()
  }
}

const CONNECT_PATIENCE_MS = 10_000
