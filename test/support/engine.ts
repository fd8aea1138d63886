import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import { enginePipeline } from '../../pipelines/engine/pipeline.ts'
import { Bloom } from '../../pipelines/identities/bloom.ts'
import { knownIdentities } from '../../pipelines/identities/known.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { RUNNER_DEFAULTS, type RunnerDeps, type RunnerOptions } from '../../pipelines/runner/options.ts'
import { type Runner, startRunner } from '../../pipelines/runner/runner.ts'
import { migrate } from '../../pipelines/store/migrate.ts'
import { openTenants } from '../../pipelines/tenants/open.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import { openVault } from '../../pipelines/vault/open.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import { encodeEvent } from '../../schemas/canonical.ts'
import { identityHash, partitionOf } from '../../schemas/identity.ts'
import { parseEvent } from '../../schemas/parse.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { openMemoryLog } from './memory-log.ts'
import { type StoreUnderTest, useStore } from './store.ts'

/** A tenant's worth of engine for a test file: a real store, vault and tenants, a log, and the main pipeline on demand. */
export type EngineUnderTest = StoreUnderTest & {
  readonly log: Log
  readonly vault: Vault
  readonly tenants: Tenants
  /** Puts events on the log as ingestion does; throws for one that is not valid. */
  feed(events: readonly object[], options?: FeedOptions): Promise<void>
  /** Starts a member of the pipeline's group. */
  start(deps?: Partial<RunnerDeps>): Promise<Runner>
  /** Waits until the pipeline has committed everything that is on the log; two minutes when not given. */
  caughtUp(timeout_ms?: number): Promise<void>
}

/**
 * @param open  the log to work over; the one in memory when absent. It is closed with the engine.
 * @param options  how batches are cut; small ones that nobody waits for when absent
 */
export function useEngine(
  open: () => Promise<Log> = async () => openMemoryLog(),
  options: RunnerOptions = SMALL_BATCHES,
): EngineUnderTest {
  const test = useStore()
  const state: { home?: string; log?: Log; vault?: Vault; tenants?: Tenants } = {}
  beforeAll(async () => {
    state.home = await mkdtemp(join(tmpdir(), 'omnify-engine-'))
    await migrate(test.store, join(import.meta.dirname, '../../schemas/migrations'))
    state.log = await open()
    await state.log.ensureTopics(Object.values(TOPICS))
    state.vault = await openVault({
      key_file: join(state.home, 'master.key'),
      keys: { kind: 'embedded', home: state.home },
    })
    state.tenants = await openTenants({ kind: 'embedded', home: state.home })
  }, 60_000)
  afterAll(async () => {
    await state.log?.close()
    await state.vault?.close()
    await state.tenants?.close()
    if (state.home !== undefined) await rm(state.home, { recursive: true, force: true })
  })

  const engine = {
    get log() {
      return state.log!
    },
    get vault() {
      return state.vault!
    },
    get tenants() {
      return state.tenants!
    },
    feed: (events: readonly object[], options: FeedOptions = {}) =>
      feedEvents(state.log!, state.vault!, events, options),
    async start(deps: Partial<RunnerDeps> = {}) {
      const parts = { log: state.log!, store: test.store, clock: systemClock, ...deps }
      const bloom = new Bloom(1 << 20)
      const pipeline = enginePipeline({
        store: parts.store,
        vault: state.vault!,
        tenants: state.tenants!,
        is_own_log: false,
        bloom,
        known: knownIdentities({ store: parts.store, bloom, topic: TOPICS.events.name, onFileError: console.error }),
        cells_max: 10_000,
      })
      return startRunner(
        pipeline,
        {
          ...parts,
          sleep: (ms) => sleep(ms),
          newId: () => systemRandomBytes(8).toString('hex'),
          logger: { info() {}, warn: console.warn, error: console.error },
          ...deps,
        },
        options,
      )
    },
    caughtUp: (timeout_ms?: number) => untilCommitted(state.log!, timeout_ms),
  }
  return withGetters(test, engine)
}

const SMALL_BATCHES: RunnerOptions = { ...RUNNER_DEFAULTS, linger_ms: 20, idle_ms: 50, backoff_max_ms: 200 }

export type FeedOptions = { readonly tenant?: string; readonly run?: string }

/** Puts events on a log as ingestion does; throws for one that is not valid. */
export async function feedEvents(
  log: Log,
  vault: Vault,
  events: readonly object[],
  { tenant = 'demo', run }: FeedOptions = {},
): Promise<void> {
  const partitions = await log.partitions(TOPICS.events.name)
  for (const raw of events) {
    const parsed = parseEvent(raw, { tenant, zone: 'UTC', now_ms: systemClock() })
    if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.rejection)} in ${JSON.stringify(raw)}`)
    const { event } = parsed
    const [sealed] =
      event.personal === undefined
        ? []
        : await vault.seal(tenant, [{ subject: event.subject ?? event.id, personal: event.personal }])
    const words = new Uint32Array(4)
    identityHash(event, words)
    await log.append(TOPICS.events.name, partitionOf(event, event.group, partitions), [
      { key: Buffer.from(words.buffer), value: Buffer.from(encodeEvent(event, sealed, run)) },
    ])
  }
}

/** Waits until the main pipeline has committed everything that is on a log. */
export async function untilCommitted(log: Log, timeout_ms = 120_000): Promise<void> {
  const deadline = performance.now() + timeout_ms
  while (performance.now() < deadline) {
    const ends = await log.bounds(TOPICS.events.name)
    const places = await log.groupOffsets('omnify.facts', TOPICS.events.name)
    if (ends.every(({ end }, p) => end === 0 || (places[p]?.offset ?? -1) >= end)) return
    await sleep(50)
  }
  throw new Error(`the pipeline did not catch up within ${timeout_ms} ms`)
}

/** Joins two objects without reading their getters: what they give exists only once the test runs. */
function withGetters<A extends object, B extends object>(a: A, b: B): A & B {
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(a), ...Object.getOwnPropertyDescriptors(b) },
  ) as A & B
}
