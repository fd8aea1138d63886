import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { connectStore, type Store } from '../../pipelines/store/client.ts'
import {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  startEmbeddedStore,
} from '../../pipelines/store/embedded/supervisor.ts'

/**
 * Gives a test file a store of its own, in an empty database that is dropped afterwards: an embedded one, or the server
 * at OMNIFY_TEST_CLICKHOUSE_URL (`http://user:password@host:8123`).
 *
 * @example
 * const test = useStore()
 * it('counts', async () => expect(await test.store.query('SELECT 1 AS n')).toEqual([{ n: 1 }]))
 */
export function useStore(): StoreUnderTest {
  const remote = process.env.OMNIFY_TEST_CLICKHOUSE_URL
  const database = `test_${systemRandomBytes(6).toString('hex')}`
  const state: { store?: Store; access?: Access; embedded?: EmbeddedStore; dir?: string } = {}

  beforeAll(async () => {
    if (remote === undefined) {
      state.dir = await mkdtemp(join(tmpdir(), 'omnify-store-'))
      state.embedded = await startTestStore(state.dir)
      const { url, user, password } = state.embedded
      state.access = { url, user, password, database }
    } else {
      const url = new URL(remote)
      state.access = { url: url.origin, user: url.username || 'default', password: url.password, database }
    }
    const admin = connectStore({ ...state.access, database: 'default' })
    await admin.command(`CREATE DATABASE ${database}`)
    await admin.close()
    state.store = connectStore(state.access)
  }, 60_000)

  afterAll(async () => {
    await state.store?.command(`DROP DATABASE ${database}`)
    await state.store?.close()
    await state.embedded?.stop()
    if (state.dir !== undefined) await rm(state.dir, { recursive: true, force: true })
  }, 30_000)

  return {
    get store() {
      return started(state.store)
    },
    get access() {
      return started(state.access)
    },
    get embedded() {
      return started(state.embedded)
    },
    is_remote: remote !== undefined,
  }
}

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
  /** The embedded store; throws when the tests run on a server. */
  readonly embedded: EmbeddedStore
  readonly is_remote: boolean
}

/** An embedded store that is quiet; the caller stops it. */
export function startTestStore(dir: string, options: Partial<EmbeddedStoreOptions> = {}): Promise<EmbeddedStore> {
  const logger = { info() {}, warn() {} }
  return startEmbeddedStore({ dir, clock: systemClock, randomBytes: systemRandomBytes, logger, ...options })
}

function started<T>(value: T | undefined): T {
  if (value === undefined)
    throw new Error('the store is only there within tests, and the embedded one only without a server')
  return value
}
