import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, inject, type RunnerTestSuite } from 'vitest'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { connectStore, type Store } from '../../pipelines/store/client.ts'
import {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  startEmbeddedStore,
} from '../../pipelines/store/embedded/supervisor.ts'
import { migrate } from '../../pipelines/store/migrate.ts'
import { askJson } from './answer-json.ts'
import type { StoreWish } from './store-global.ts'
import type { LentStore } from './store-pool.ts'

/**
 * Gives a test file a store to itself, with a database of migrated tables without rows that is cleaned or dropped
 * afterwards: an embedded one out of the run's pool, or the server at OMNIFY_TEST_CLICKHOUSE_URL
 * (`http://user:password@host:8123`).
 *
 * @param options.own  a process of this file's own, for tests that kill it, measure it or start it again
 * @param options.empty  a database without tables
 * @example
 * const test = useStore()
 * it('counts', async () => expect(await test.store.query('SELECT 1 AS n')).toEqual([{ n: 1 }]))
 */
export function useStore(options: { own?: boolean; empty?: boolean } = {}): StoreUnderTest {
  const remote = process.env.OMNIFY_TEST_CLICKHOUSE_URL
  const state: { store?: Store; source?: Source } = {}

  beforeAll(async () => {
    const source = remote !== undefined ? onServer(remote) : options.own ? await startOwn() : await borrow()
    state.source = source
    const database = options.empty || !source.is_migrated ? newDatabase() : source.access.database
    if (database !== source.access.database) {
      const admin = connectStore({ ...source.access, database: 'default' })
      await admin.command(`CREATE DATABASE ${database}`)
      await admin.close()
      state.source = { ...source, access: { ...source.access, database } }
    }
    state.store = connectStore(state.source.access)
    if (!options.empty && !source.is_migrated) await migrate(state.store, MIGRATIONS)
  }, 180_000)

  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern of the fixtures that are used, and none is
  afterAll(async ({}, suite) => {
    if (!state.source?.is_migrated) await state.store?.command(`DROP DATABASE ${state.source?.access.database}`)
    await state.store?.close()
    await state.source?.end(hasPassed(suite))
  }, 180_000)

  return {
    get store() {
      return started(state.store)
    },
    get access() {
      return started(state.source?.access)
    },
    get embedded() {
      return started(state.source?.embedded)
    },
    is_remote: remote !== undefined,
  }
}

const MIGRATIONS = join(import.meta.dirname, '../../schemas/migrations')

export type Access = {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
}

export type StoreUnderTest = {
  readonly store: Store
  /** What `connectStore` takes, for tests that want a client of their own. */
  readonly access: Access
  /** The embedded store; throws unless it is the file's own. */
  readonly embedded: EmbeddedStore
  readonly is_remote: boolean
}

/** An embedded store that is quiet; the caller stops it. */
export function startTestStore(dir: string, options: Partial<EmbeddedStoreOptions> = {}): Promise<EmbeddedStore> {
  const logger = { info() {}, warn() {} }
  return startEmbeddedStore({ dir, clock: systemClock, randomBytes: systemRandomBytes, logger, ...options })
}

/** Where a store comes from, and what ends the use of it. */
type Source = {
  readonly access: Access
  /** `access.database` exists and has its tables. */
  readonly is_migrated: boolean
  readonly embedded?: EmbeddedStore
  end(sound: boolean): Promise<void>
}

function onServer(remote: string): Source {
  const url = new URL(remote)
  const access = { url: url.origin, user: url.username || 'default', password: url.password, database: 'default' }
  return { access, is_migrated: false, end: async () => undefined }
}

async function startOwn(): Promise<Source> {
  const dir = await mkdtemp(join(tmpdir(), 'omnify-store-'))
  const embedded = await startTestStore(dir)
  const { url, user, password } = embedded
  return {
    access: { url, user, password, database: 'default' },
    is_migrated: false,
    embedded,
    async end() {
      await embedded.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function borrow(): Promise<Source> {
  const pool = inject('storePool')
  const ask = <Answer>(wish: StoreWish) => askJson<Answer>(pool, wish)
  const { loan, ...access } = await ask<LentStore>({ want: 'borrow' })
  return { access, is_migrated: true, end: (sound) => ask({ want: 'give_back', loan, sound }) }
}

/** Every test that was to run has run and passed. */
function hasPassed(suite: Readonly<RunnerTestSuite>): boolean {
  if (suite.result?.state === 'fail') return false
  return suite.tasks.every((task) => {
    if (task.type === 'suite') return hasPassed(task)
    return task.mode !== 'run' || task.result?.state === 'pass'
  })
}

function newDatabase(): string {
  return `test_${systemRandomBytes(6).toString('hex')}`
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the store is only there within tests, and its process only where it is own')
  return value
}
